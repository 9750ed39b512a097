"""A statement without the conditions nobody asked for finds what the whole statement finds."""

import re
from itertools import combinations

import pytest
from psycopg.sql import SQL

from store.narrowed import narrowed
from store.statements import statements

WHOLE = SQL("""SELECT number FROM things
WHERE (%(least)s::integer IS NULL OR number >= %(least)s)
  AND (%(names)s::text[] IS NULL OR name = ANY (%(names)s))
  AND (%(after)s::integer IS NULL OR (number, name) > (%(after)s, %(after_name)s))
  AND (%(odd)s::boolean IS NULL OR (number %% 2 = 1) = %(odd)s)
  AND (%(said)s::text IS NULL OR name LIKE '(' || %(said)s OR name = ')' OR name = %(said)s)
ORDER BY number LIMIT %(limit)s""")
GIVEN = {"least": 3, "names": ["a", "b"], "after": 4, "odd": True, "said": "a"}


@pytest.fixture
def things(database):
    database.execute("CREATE TABLE things (number integer, name text)")
    database.execute(
        "INSERT INTO things SELECT n, (ARRAY['a', 'b', ')', '(a'])[n %% 4 + 1]"
        " FROM generate_series(1, 40) AS n",
        (),
    )
    return database


@pytest.mark.server
def test_every_choice_of_conditions_finds_the_same(things):
    found = set()
    for size in range(len(GIVEN) + 1):
        for names in combinations(GIVEN, size):
            values = dict.fromkeys(GIVEN) | {name: GIVEN[name] for name in names}
            values |= {"after_name": "a", "limit": 7}
            whole = things.execute(WHOLE, values).fetchall()
            assert things.execute(narrowed(WHOLE, values), values).fetchall() == whole, names
            found.add(tuple(whole))
    assert len(found) > 8  # or the conditions narrow nothing


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"a": None}, "x AND true"),
        ({"a": 1}, "x AND (a = %(a)s::integer OR (b))"),
    ],
)
def test_what_is_given_keeps_the_type_that_it_was_told(values, text):
    assert narrowed(SQL("x AND (%(a)s::integer IS NULL OR a = %(a)s OR (b))"), values) == text


def test_a_limit_is_written_in_as_a_number():
    assert narrowed(SQL("LIMIT %(limit)s"), {"limit": 50}) == "LIMIT 50"
    with pytest.raises(ValueError, match="invalid literal"):
        narrowed(SQL("LIMIT %(limit)s"), {"limit": "1; DROP TABLE things"})


def test_what_is_not_spoken_of_is_no_reason_to_show_all():
    with pytest.raises(KeyError, match="areas"):
        narrowed(SQL("x AND (%(areas)s::text[] IS NULL OR seen(%(areas)s))"), {"limit": 5})


def test_a_bracket_that_is_never_closed_is_told():
    with pytest.raises(ValueError, match="never closed"):
        narrowed(SQL("(%(a)s::text IS NULL OR a = %(a)s"), {"a": "b"})


@pytest.mark.parametrize("name", sorted(statements("views")))
def test_every_view_loses_all_that_is_left_out_and_nothing_else(name):
    text = statements("views")[name].as_string()
    optional = set(re.findall(r"\(%\((\w+)\)s::[a-z]+(?:\[\])? IS NULL OR ", text))
    left = narrowed(statements("views")[name], dict.fromkeys(optional))
    assert text.count("(") - text.count(")") == left.count("(") - left.count(")")
    assert all(f"%({each})s::" not in left or f"%({each})s::" in text for each in optional)
    assert " IS NULL OR %(" not in left
