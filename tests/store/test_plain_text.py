import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.database import Connection
from store.plain_text import LONGEST_NAME, name, plain, record_as_json

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
TEXT = st.text(st.characters(exclude_categories=()))  # half surrogates too


@settings(max_examples=60)
@given(TEXT, ANYTHING)
def test_whatever_came_can_be_stored(text: str, record: object):
    assert "\0" not in plain(text)
    plain(text).encode()
    assert len(name(text)) <= LONGEST_NAME
    written = record_as_json(record)
    if written is not None:
        json.loads(written)
        written.encode()
        assert "\\u0000" not in written.replace("\\\\", "")


def test_a_record_nested_without_end_is_not_our_end():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert record_as_json(deep) == '"nested too deep to show"'


@pytest.mark.parametrize("record", [{"a": float("nan")}, {"b": "\0"}, "\ud800", b"\xff", {1: [2]}])
def test_the_database_takes_what_is_left(database: Connection, record: object):
    values = (record_as_json(record),)
    assert database.execute("SELECT %s::jsonb IS NOT NULL", values).fetchone() == (True,)
