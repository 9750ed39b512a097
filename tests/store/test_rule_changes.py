"""Rules come in force, on trial and go; what people do wins over what the program brings along."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Thread
from typing import Any

import psycopg
import pytest
from one_rule import PACK

from cases.city import load_city
from rules.pack import RuleSet, read_pack
from rules.signal import BEGINNING_OF_TIME, END_OF_TIME
from store.database import Connection, connect
from store.rule_changes import (
    By,
    ChangeRefused,
    discard,
    promote,
    put_on_trial,
    roll_back,
    save,
    ship,
)
from store.rule_comparison import log_lines
from store.rule_versions import present, state_of_terms, terms, versions

pytestmark = pytest.mark.server

AT = datetime(2026, 7, 1, 8, tzinfo=UTC)
CATALOGUE = load_city().catalogue


def water(limit: int = 15, **replaced: str) -> RuleSet:
    text = PACK.replace("15 cm", f"{limit} cm")
    for old, new in replaced.items():
        text = text.replace(f"{old}: ", f"{old}: {new} #", 1)
    return read_pack(text)


def version(rules: RuleSet) -> str:
    return next(iter(rules)).version


def by(minute: int = 0, actor: str = "chen", reason: str = "to see") -> By:
    return By(actor, reason, AT + timedelta(minutes=minute))


def brought(database: Connection, rules: RuleSet | None, day: int) -> None:
    ship(database, [] if rules is None else rules.versions(), AT - timedelta(days=9 - day))


def now(database: Connection) -> dict[bool, str]:
    """Return the versions of the rule in force (False) and on trial (True)."""
    return {v.shadow: v.version for v in present(database)}


def save_it(database: Connection, rules: RuleSet, minute: int = 0) -> None:
    save(database, rules, by(minute), CATALOGUE)


def try_it(database: Connection, rules: RuleSet, minute: int = 0) -> None:
    put_on_trial(database, rules, by(minute), CATALOGUE)


# What the program brings along meets what people do -------------------------------------------

OLD, NEW, OURS = water(15), water(12), water(20)
TRIAL = water(15, status="shadow")
STEPS: list[tuple[str, list[Any], dict[bool, str]]] = [
    ("the first start puts what ships in force", [OLD], {False: version(OLD)}),
    ("a start with the same changes nothing", [OLD, OLD], {False: version(OLD)}),
    ("an upgrade is followed", [OLD, NEW], {False: version(NEW)}),
    ("what is no longer shipped goes", [OLD, None], {}),
    ("what people saved stays over an upgrade", [OLD, ("save", OURS), NEW], {False: version(OURS)}),
    ("and over its end", [OLD, ("save", OURS), None], {False: version(OURS)}),
    ("who goes back to what ships follows it again",
     [OLD, ("save", OURS), ("save", OLD), NEW], {False: version(NEW)}),
    ("a roll back stays over the same start", [OLD, NEW, ("roll", None), NEW],
     {False: version(OLD)}),
    ("and over the next upgrade", [OLD, NEW, ("roll", None), OURS], {False: version(OLD)}),
    ("what people retired stays so", [OLD, ("save", water(15, status="retired")), OLD], {}),
    ("and over an upgrade", [OLD, ("save", water(15, status="retired")), NEW], {}),
    ("a trial goes on over an upgrade", [OLD, ("try", OURS), NEW],
     {False: version(NEW), True: version(OURS)}),
    ("a trial that ships", [TRIAL], {True: version(TRIAL)}),
    ("and is in force later", [TRIAL, OLD], {False: version(OLD)}),
    ("a draft is nothing yet", [water(15, status="draft")], {}),
    ("and something later", [water(15, status="draft"), OLD], {False: version(OLD)}),
    ("a rule of ours under an id that ships later", [("save", OURS), OLD], {False: version(OURS)}),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "left"), [s[1:] for s in STEPS], ids=[s[0] for s in STEPS])
def test_a_rule_follows_the_program_until_people_put_another_version_in_force(
    database: Connection, steps: list[Any], left: dict[bool, str]
) -> None:
    for minute, step in enumerate(steps):
        if not isinstance(step, tuple):
            brought(database, step, minute)
        elif step[0] == "save":
            save_it(database, step[1], minute)
        elif step[0] == "try":
            try_it(database, step[1], minute)
        else:
            roll_back(database, "water", by(minute))
    assert now(database) == left


# Trials, and back -----------------------------------------------------------------------------


def test_a_promoted_version_is_in_force_and_no_longer_on_trial(database: Connection) -> None:
    brought(database, OLD, 0)
    try_it(database, OURS)
    promote(database, "water", by(5))
    assert now(database) == {False: version(OURS)}
    ends = [(v.version, v.shadow, v.in_force_until) for v in versions(database, "water")]
    assert (version(OLD), False, AT + timedelta(minutes=5)) in ends
    assert (version(OURS), True, AT + timedelta(minutes=5)) in ends


def test_a_discarded_trial_leaves_what_is_in_force(database: Connection) -> None:
    brought(database, OLD, 0)
    try_it(database, OURS)
    discard(database, "water", by(5))
    assert now(database) == {False: version(OLD)}


def test_one_step_back_and_one_forth(database: Connection) -> None:
    brought(database, OLD, 0)
    save_it(database, OURS)
    roll_back(database, "water", by(1))
    assert now(database) == {False: version(OLD)}
    roll_back(database, "water", by(2))
    assert now(database) == {False: version(OURS)}


def test_a_retired_rule_comes_back_by_a_roll_back(database: Connection) -> None:
    brought(database, OLD, 0)
    save_it(database, water(15, status="retired"))
    roll_back(database, "water", by(1))
    assert now(database) == {False: version(OLD)}


def test_the_terms_of_the_first_start_have_no_beginning_and_later_ones_do(
    database: Connection,
) -> None:
    brought(database, OLD, 0)
    save_it(database, OURS)
    former, present_term = sorted(terms(database), key=lambda term: term.since)
    assert former.since == BEGINNING_OF_TIME
    assert former.until == present_term.since == AT.replace(tzinfo=None)
    assert present_term.until == END_OF_TIME
    assert [t.rule.version for t in terms(database, AT)] == [version(OURS)]  # out of sight


def test_a_clock_that_was_set_back_puts_no_term_before_the_last(database: Connection) -> None:
    brought(database, OLD, 0)
    save_it(database, OURS, minute=30)
    save_it(database, NEW, minute=10)
    spans = [(t.since, t.until) for t in sorted(terms(database), key=lambda t: t.since)]
    assert all(until == since for (_, until), (since, _) in pairwise(spans))


def test_whoever_judges_can_tell_that_terms_changed(database: Connection) -> None:
    brought(database, OLD, 0)
    before = state_of_terms(database)
    brought(database, OLD, 1)
    assert state_of_terms(database) == before
    try_it(database, OURS)
    assert state_of_terms(database) != before


# What is refused, and what is kept ------------------------------------------------------------

EXPLAINED = read_pack(
    PACK.replace("    per:", "    explained_by: [{rule: rain, same: zone}]\n    per:")
)
UNCOVERED = read_pack(PACK.replace("standing-water", "dry"))
REFUSED: list[tuple[str, Any, str]] = [
    ("a change by nobody", lambda d: save(d, OURS, by(actor=" "), CATALOGUE), "who changes"),
    ("a change without a reason", lambda d: save(d, OURS, by(reason=""), CATALOGUE), "and why"),
    ("what is in force already", lambda d: save_it(d, OLD), "in force as written already"),
    ("a draft", lambda d: save_it(d, water(15, status="draft")), "write status: active"),
    ("a class without a filing condition",
     lambda d: save_it(d, UNCOVERED), "no filing condition"),
    ("an explanation by a rule that is not there",
     lambda d: save_it(d, EXPLAINED), "no rule 'rain'"),
    ("to promote without a trial", lambda d: promote(d, "water", by()), "no version is on trial"),
    ("to discard without a trial", lambda d: discard(d, "water", by()), "no version is on trial"),
    ("to go back where nothing was", lambda d: roll_back(d, "water", by()), "no other version"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "why"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_refused_changes_nothing_and_says_why(
    database: Connection, change: Any, why: str
) -> None:
    brought(database, OLD, 0)
    if "rain" in why:
        other = PACK.replace("id: water", "id: other").replace("pack: test", "pack: third")
        save_it(database, read_pack(other))
    before = state_of_terms(database), len(log_lines(database, None, 99))
    with pytest.raises(ChangeRefused, match=why):
        change(database)
    assert (state_of_terms(database), len(log_lines(database, None, 99))) == before


def test_no_step_back_to_a_version_that_leans_on_a_rule_that_is_gone(database: Connection) -> None:
    """Else no other rule could be saved any more: they would not fit what is in force."""
    rain = PACK.replace("id: water", "id: rain").replace("pack: test", "pack: rain")
    other = PACK.replace("id: water", "id: other").replace("pack: test", "pack: third")
    save_it(database, read_pack(other))
    save_it(database, read_pack(rain))
    save_it(database, EXPLAINED)
    save_it(database, OLD)
    save_it(database, read_pack(rain.replace("status: active", "status: retired")))
    with pytest.raises(ChangeRefused, match="no rule 'rain'"):
        roll_back(database, "water", by(3))
    assert (version(OLD), None) in {
        (v.version, v.in_force_until) for v in present(database) if v.rule == "water"
    }


def test_a_trial_that_leans_on_a_rule_that_went_meanwhile_is_not_promoted(
    database: Connection,
) -> None:
    rain = PACK.replace("id: water", "id: rain").replace("pack: test", "pack: rain")
    other = PACK.replace("id: water", "id: other").replace("pack: test", "pack: third")
    for rules in (read_pack(other), read_pack(rain), OLD):
        save_it(database, rules)
    try_it(database, EXPLAINED)
    save_it(database, read_pack(rain.replace("status: active", "status: retired")))
    with pytest.raises(ChangeRefused, match="no rule 'rain'"):
        promote(database, "water", by(2))


def test_a_rule_that_others_lean_on_does_not_go_before_them(database: Connection) -> None:
    rain = PACK.replace("id: water", "id: rain").replace("pack: test", "pack: rain")
    other = PACK.replace("id: water", "id: other").replace("pack: test", "pack: third")
    for rules in (read_pack(other), read_pack(rain), EXPLAINED):
        save_it(database, rules)
    with pytest.raises(ChangeRefused, match="rule water: explained_by: no rule 'rain'"):
        save_it(database, read_pack(rain.replace("status: active", "status: retired")))


def test_the_log_says_who_did_what_and_why_newest_first(database: Connection) -> None:
    brought(database, OLD, 0)
    try_it(database, OURS, 1)
    promote(database, "water", by(2, "li", "a week, none false"))
    roll_back(database, "water", by(3))
    said = [
        (r["verb"], r["actor"], r["version"], r["former"]) for r in log_lines(database, "water", 9)
    ]
    assert said == [
        ("rollback", "chen", version(OLD), version(OURS)),
        ("promote", "li", version(OURS), version(OLD)),
        ("shadow", "chen", version(OURS), None),
        ("ship", "lifeline", version(OLD), None),
    ]


@pytest.mark.parametrize("change", ["UPDATE rule_log SET actor = 'x'", "DELETE FROM rule_log"])
def test_the_log_is_only_ever_added_to(database: Connection, change: str) -> None:
    brought(database, OLD, 0)
    with pytest.raises(psycopg.errors.RaiseException, match="only ever added to"):
        database.execute(change)


def test_of_two_who_promote_at_once_one_is_refused(database: Connection, database_url: str) -> None:
    brought(database, OLD, 0)
    try_it(database, OURS)
    came: list[str] = []

    def attempt() -> None:
        with connect(database_url) as connection:
            try:
                came.append(promote(connection, "water", by(1)).verb)
            except ChangeRefused as why:
                came.append(str(why).partition(":")[2])

    threads = [Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == [" no version is on trial; see `lifeline rules list`", "promote"]
