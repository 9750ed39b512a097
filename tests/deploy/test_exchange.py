"""Two instances, district and city, over a line that drops, repeats and reorders what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from random import Random
from typing import Any

import httpx
import orjson
import pytest
from bad_line import BadLine
from databases import copied
from instances import Instance, wait_until_quiet
from PIL import Image
from story import CITY, GAS, WATER

from cases.exchange import FROM, GIVEN_BACK, OURS_ALONE, Peer
from cases.pictures import read_picture
from cases.reporting import Report
from cases.signature import secret_of, sign
from cases.transitions import NEXT
from cases.words import ENDS, OPEN, Outcome, Role, Source, State, Verb
from cases.workflow import Refused
from store import exchange
from store.cases import apply
from store.photos import photo, put_photo
from store.reports import take

pytestmark = pytest.mark.server

V, R, S = Verb, Role, State
SECRET = secret_of(bytes(range(32)))
PEERS = {"city": "district", "district": "city"}
#: The usual next step; others are taken too.
USUAL: dict[State, tuple[Verb, ...]] = {
    S.REPORTED: (V.ASK_VERIFY, V.ACCEPT),
    S.VERIFYING: (V.VERIFY,),
    S.ACCEPTED: (V.FILE,),
    S.FILED: (V.DISPATCH, *[V.HAND_OVER] * 3),
    S.DISPATCHED: (V.HANDLE,),
    S.HANDLING: (V.FEED_BACK,),
    S.FED_BACK: (V.ASK_INSPECT,),
    S.INSPECTING: (V.INSPECT,),
    S.INSPECTED: (V.CLOSE, V.REWORK),
}
#: Steps of people that the two sides need not agree on: whoever reopens a case that another has
#: closed for it works on its own, and a case that was joined to another is followed there.
LEFT_OUT = {V.REOPEN, V.MERGE, V.CALL_BACK}

#: What the two have in the end. Who handed over last has the case in the first state, then the
#: other has its in one of the second. What came back may be anything there.
EQUIVALENT: dict[State, frozenset[State]] = {
    S.HANDED_OVER: frozenset(OPEN),  # or handed on by them, to another than us
    S.FED_BACK: frozenset({S.CLOSED}),
    S.INSPECTING: frozenset({S.CLOSED}),
    S.INSPECTED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset({S.CLOSED}),
}


@contextmanager
def both(
    server_url: str, template: str, seed: int = 1, way: str = "push", bad: bool = True
) -> Iterator[tuple[Instance, Instance, BadLine, BadLine]]:
    """Yield city and district, started, and the lines to each of them.

    `way` is `poll` where the city cannot reach the district, which then asks.
    """
    to_city, to_district = BadLine(seed), BadLine(seed + 1)
    to_city.bad = to_district.bad = bad
    polls = timedelta(milliseconds=20) if way == "poll" else None
    with copied(server_url, template) as a, copied(server_url, template) as b:
        at_city = Peer("district", SECRET, None if polls else to_district.url)
        at_district = Peer("city", SECRET, to_city.url, polls)
        city, district = (
            Instance("city", a, [at_city], seed),
            Instance("district", b, [at_district], seed),
        )
        to_city.port, to_district.port = city.start(), district.start()
        try:
            yield city, district, to_city, to_district
        finally:
            city.stop()
            district.stop()
            city.connection.close()
            district.connection.close()
            to_city.stop()
            to_district.stop()


def open_case(where: Instance, source: Source = Source.INSPECTOR) -> int:
    """Let an inspector report standing water; return the case."""
    report = Report(
        source=source, actor="li", text="water on the road", code_list="GB/T 30428.2-2013",
        code="0506", condition="standing-water", lon=120.1, lat=30.2 + where.steps / 1000,
    )  # fmt: skip
    return take(where.connection, report, where.now(), CITY).case_id


def do(
    where: Instance, case_id: int, verb: Verb, role: Role, reason: str = "because", **details: Any
) -> State:
    where.steps += 1
    [row] = where.rows("SELECT version FROM cases WHERE id = %(id)s", id=case_id)
    actor = f"{role} {verb}"  # nobody is in two roles, nor judges their own work
    after = apply(
        where.connection,
        case_id,
        row["version"],
        verb,
        actor,
        role,
        where.now(),
        CITY,
        reason,
        details,
    )
    return after.state


def to_filed(where: Instance, case_id: int) -> None:
    do(where, case_id, V.ACCEPT, R.INTAKE)
    do(where, case_id, V.FILE, R.SHIFT_LEAD, condition="standing-water")


def to_closed(where: Instance, case_id: int) -> None:
    """Take a case that was handed over through the whole loop."""
    do(where, case_id, V.ASK_VERIFY, R.INTAKE)
    do(where, case_id, V.VERIFY, R.INSPECTOR, found=True)
    to_filed(where, case_id)
    from_filed_to_closed(where, case_id)


def from_filed_to_closed(where: Instance, case_id: int) -> None:
    do(where, case_id, V.DISPATCH, R.DISPATCHER, department=WATER)
    do(where, case_id, V.HANDLE, R.DEPARTMENT)
    do(where, case_id, V.FEED_BACK, R.DEPARTMENT)
    inspected_to_closed(where, case_id)


def inspected_to_closed(where: Instance, case_id: int) -> None:
    do(where, case_id, V.ASK_INSPECT, R.INTAKE)
    do(where, case_id, V.INSPECT, R.INSPECTOR, passed=True)
    do(where, case_id, V.CLOSE, R.SHIFT_LEAD, outcome="real")


def state(where: Instance, case_id: int) -> State:
    [row] = where.rows("SELECT state FROM cases WHERE id = %(id)s", id=case_id)
    return State(row["state"])


def the_other(where: Instance) -> int:
    """Return the case that was opened last."""
    [row] = where.rows("SELECT max(id) AS id FROM cases")
    return int(row["id"])


def log(where: Instance, case_id: int) -> list[tuple[str, str, str]]:
    rows = where.rows(
        "SELECT verb, role, reason FROM case_log WHERE case_id = %(id)s ORDER BY version",
        id=case_id,
    )
    return [(row["verb"], row["role"], row["reason"]) for row in rows]


# What both have to have ---------------------------------------------------------------------


def cases_of(where: Instance) -> dict[str, dict[str, Any]]:
    rows = where.rows("SELECT id, number, state, handed_to FROM cases")
    return {row["number"]: row for row in rows}


def check_states(city: Instance, district: Instance) -> int:
    """Hold each pair of linked cases against the table; return how many there are."""
    compared = 0
    for one, other in ((city, district), (district, city)):
        mine, theirs = cases_of(one), cases_of(other)
        by_id = {row["id"]: row for row in mine.values()}
        for link in one.rows("SELECT case_id, theirs FROM case_links"):
            ours, their = by_id[link["case_id"]], theirs[link["theirs"]]
            mine_waits = (ours["state"], ours["handed_to"]) == ("handed-over", other.name)
            their_waits = (their["state"], their["handed_to"]) == ("handed-over", one.name)
            assert not (mine_waits and their_waits), (ours, their)
            compared += 1
            giver = last_giver(one, ours["id"], other)
            if not giver:
                continue
            if mine_waits or fed_back_by(one, ours["id"]) == other.name:
                assert State(their["state"]) in EQUIVALENT[State(ours["state"])], (ours, their)
            else:
                assert State(their["state"]) in ENDS, (ours, their)
    return compared


def last_giver(one: Instance, case_id: int, other: Instance) -> bool:
    """Return whether our side was the one that handed the case over last."""
    rows = one.rows(
        "SELECT verb, details FROM case_log WHERE case_id = %(id)s ORDER BY version", id=case_id
    )
    gave = False
    for row in rows:
        told = row["details"].get(FROM)
        if row["verb"] in ("hand-over", "rework") and row["details"].get("to") == other.name:
            gave = True
        elif row["verb"] == "report" or (told and told.get("details", {}).get("to") == one.name):
            gave = False
    return gave


def fed_back_by(one: Instance, case_id: int) -> str:
    """Return the peer that says the case is done, if it is so and nobody has returned it since."""
    by = ""
    for row in one.rows(
        "SELECT verb, details FROM case_log WHERE case_id = %(id)s ORDER BY version", id=case_id
    ):
        if row["verb"] == "feed-back":
            by = row["details"].get(FROM, {}).get("peer", "")
        elif row["verb"] in ("rework", "reopen", "return", "hand-over"):
            by = ""
    return by


def to_be_told(where: Instance, peer: str) -> tuple[Counter[tuple[str, int]], set[tuple[str, int]]]:
    """Return which lines a peer must be told of, read off the logs in a naive way.

    And those of them that crossed with its giving the case back, which it need not hear of.
    """
    told: Counter[tuple[str, int]] = Counter()
    crossed: set[tuple[str, int]] = set()
    received = {
        row["case_id"]
        for row in where.rows("SELECT case_id FROM reports WHERE system = %(peer)s", peer=peer)
    }
    for number, case in cases_of(where).items():
        concerns = case["id"] in received
        lately: set[tuple[str, int]] = set()
        for line in where.rows(
            "SELECT version, verb, details FROM case_log WHERE case_id = %(id)s ORDER BY version",
            id=case["id"],
        ):
            origin = line["details"].get(FROM) or {}
            theirs = origin.get("peer") == peer
            if line["verb"] == "hand-over" and line["details"]["to"] == peer:
                concerns = True
            if concerns and not theirs and Verb(line["verb"]) not in OURS_ALONE:
                told[number, line["version"]] += 1
            if line["verb"] == "return" and theirs and origin.get("verb") in GIVEN_BACK:
                concerns = False
                crossed |= lately
            # On a busy machine lines wait to be sorted, and some of theirs may come before.
            lately = set() if "to" in line["details"] else {*lately, (number, line["version"])}
    return told, crossed


def check_messages(one: Instance, other: Instance) -> int:
    """Each line that is to be told was told once, arrived once, and took effect once."""
    sent = one.rows("SELECT number, body FROM messages_out ORDER BY number")
    came = other.rows("SELECT number, body, outcome, why FROM messages_in ORDER BY number")
    assert [(m["number"], m["body"]) for m in sent] == [(m["number"], m["body"]) for m in came]
    assert [m["number"] for m in sent] == list(range(1, len(sent) + 1))
    assert [m for m in came if m["outcome"] != "applied"] == []
    told = Counter((m["body"]["case"], m["body"]["version"]) for m in sent)
    expected, crossed = to_be_told(one, other.name)
    assert told <= expected
    assert set(expected - told) <= crossed
    effects = Counter(
        row["details"][FROM]["number"]
        for row in other.rows("SELECT details FROM case_log WHERE details ? 'exchange'")
        if row["details"][FROM]["peer"] == one.name
    )
    opened = other.rows("SELECT external_id FROM reports WHERE system = %(name)s", name=one.name)
    assert set(effects.values()) <= {1}
    assert len(effects) + len(opened) == len(sent)
    return len(sent)


# The stories --------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["push", "poll"])
def test_a_case_goes_down_is_done_and_is_inspected_by_who_handed_it_over(
    server_url: str, template: str, way: str
) -> None:
    with both(server_url, template, way=way, bad=False) as (city, district, *_):
        case = open_case(city)
        to_filed(city, case)
        assert do(city, case, V.HAND_OVER, R.DISPATCHER, to="district") is S.HANDED_OVER
        wait_until_quiet(city, district)
        theirs = the_other(district)
        [report] = district.rows("SELECT source, system, external_id FROM reports")
        assert (report["source"], report["system"]) == ("system", "city")
        assert report["external_id"] in cases_of(city)
        to_closed(district, theirs)
        wait_until_quiet(city, district)
        assert state(city, case) is S.FED_BACK
        assert (
            "note",
            "partner",
            f"district {next(iter(cases_of(district)))}: 立案 file: because",
        ) in log(city, case)
        do(city, case, V.ASK_INSPECT, R.INTAKE)
        do(city, case, V.INSPECT, R.INSPECTOR, passed=False)
        do(city, case, V.REWORK, R.SHIFT_LEAD, "still wet")
        wait_until_quiet(city, district)
        assert (state(city, case), state(district, theirs)) == (S.HANDED_OVER, S.FILED)
        assert log(district, theirs)[-1][0] == "reopen"
        assert "still wet" in log(district, theirs)[-1][2]
        from_filed_to_closed(district, theirs)
        wait_until_quiet(city, district)
        inspected_to_closed(city, case)
        wait_until_quiet(city, district)
        assert (state(city, case), state(district, theirs)) == (S.CLOSED, S.CLOSED)
        assert check_states(city, district) == 2
        assert check_messages(city, district) > 4
        assert check_messages(district, city) > 10


def test_what_is_not_its_own_the_district_gives_back_with_the_reason(
    server_url: str, template: str
) -> None:
    with both(server_url, template, bad=False) as (city, district, *_):
        case = open_case(city)
        to_filed(city, case)
        do(city, case, V.HAND_OVER, R.DISPATCHER, to="district")
        wait_until_quiet(city, district)
        first = the_other(district)
        do(district, first, V.REJECT, R.INTAKE, "a road of the province")
        wait_until_quiet(city, district)
        assert state(city, case) is S.FILED
        assert log(city, case)[-1][:2] == ("return", "partner")
        assert "a road of the province" in log(city, case)[-1][2]
        do(city, case, V.HAND_OVER, R.DISPATCHER, "look again", to="district")
        wait_until_quiet(city, district)
        second = the_other(district)
        assert second != first, "what was rejected stays so, and is there as it was"
        assert (state(district, first), state(district, second)) == (S.REJECTED, S.REPORTED)
        check_states(city, district)
        check_messages(city, district)
        check_messages(district, city)


def test_the_district_hands_up_what_is_the_citys_and_has_it_back_done(
    server_url: str, template: str
) -> None:
    with both(server_url, template, bad=False) as (city, district, *_):
        case = open_case(district)
        to_filed(district, case)
        do(district, case, V.HAND_OVER, R.DISPATCHER, "nobody here owns it", to="city")
        wait_until_quiet(city, district)
        theirs = the_other(city)
        to_closed(city, theirs)
        wait_until_quiet(city, district)
        inspected_to_closed(district, case)
        wait_until_quiet(city, district)
        assert (state(city, theirs), state(district, case)) == (S.CLOSED, S.CLOSED)
        check_states(city, district)


def test_a_case_that_is_handed_back_is_no_third_one(server_url: str, template: str) -> None:
    with both(server_url, template, bad=False) as (city, district, *_):
        case = open_case(city)
        to_filed(city, case)
        do(city, case, V.HAND_OVER, R.DISPATCHER, to="district")
        wait_until_quiet(city, district)
        theirs = the_other(district)
        do(district, theirs, V.ASK_VERIFY, R.INTAKE)
        do(district, theirs, V.VERIFY, R.INSPECTOR, found=True)
        to_filed(district, theirs)
        do(district, theirs, V.HAND_OVER, R.DISPATCHER, "beyond us", to="city")
        wait_until_quiet(city, district)
        assert len(cases_of(city)) == 1
        assert (state(city, case), state(district, theirs)) == (S.FILED, S.HANDED_OVER)
        from_filed_to_closed(city, case)
        wait_until_quiet(city, district)
        assert state(district, theirs) is S.FED_BACK
        check_states(city, district)


def test_a_case_joined_to_another_is_followed_there(server_url: str, template: str) -> None:
    with both(server_url, template, bad=False) as (city, district, *_):
        known = open_case(district)
        case = open_case(city)
        to_filed(city, case)
        do(city, case, V.HAND_OVER, R.DISPATCHER, to="district")
        wait_until_quiet(city, district)
        [number] = [n for n, row in cases_of(district).items() if row["id"] == known]
        do(district, the_other(district), V.MERGE, R.INTAKE, into=number)
        wait_until_quiet(city, district)
        assert state(city, case) is S.HANDED_OVER
        to_filed(district, known)
        from_filed_to_closed(district, known)
        wait_until_quiet(city, district)
        assert state(city, case) is S.FED_BACK


def a_picture(where: Instance, colour: str) -> str:
    """Let a picture be there; return its id."""
    out = BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    picture = read_picture(out.getvalue(), CITY.zone)
    put_photo(where.connection, picture, "li", where.now())
    return picture.id


@pytest.mark.parametrize("way", ["push", "poll"])
def test_pictures_go_ahead_of_the_steps_that_name_them(
    server_url: str, template: str, way: str
) -> None:
    with both(server_url, template, way=way) as (city, district, *_):
        case = open_case(city)
        to_filed(city, case)
        before, after = a_picture(city, "blue"), a_picture(district, "grey")
        do(city, case, V.HAND_OVER, R.DISPATCHER, to="district")
        do(city, case, V.NOTE, R.DISPATCHER, photos=[before])
        wait_until_quiet(city, district)
        theirs = the_other(district)
        do(district, theirs, V.NOTE, R.INTAKE, photos=[after])
        wait_until_quiet(city, district)
        for where, case_id, picture in ((district, theirs, before), (city, case, after)):
            rows = where.rows(
                "SELECT details FROM case_log WHERE case_id = %(id)s AND details ? 'photos'",
                id=case_id,
            )
            assert picture in [photo for row in rows for photo in row["details"]["photos"]]
            found = photo(where.connection, picture)
            assert found is not None
            assert found[0] == "image/jpeg"


def test_rework_of_what_nobody_was_given_tells_no_peer(server_url: str, template: str) -> None:
    with both(server_url, template, bad=False) as (city, district, *_):
        case = open_case(city)
        to_filed(city, case)
        do(city, case, V.DISPATCH, R.DISPATCHER, department=WATER)
        do(city, case, V.HANDLE, R.DEPARTMENT)
        do(city, case, V.FEED_BACK, R.DEPARTMENT)
        assert do(city, case, V.REWORK, R.SHIFT_LEAD, to="district") is S.HANDLING
        wait_until_quiet(city, district)
        assert cases_of(district) == {}


def test_an_exercise_stays_one(server_url: str, template: str) -> None:
    with both(server_url, template, bad=False) as (city, district, *_):
        report = Report(
            source=Source.INSPECTOR, actor="li", text="drill", lon=120.1, lat=30.2, exercise=True
        )
        case = take(city.connection, report, city.now(), CITY).case_id
        do(city, case, V.ACCEPT, R.INTAKE)
        do(city, case, V.FILE, R.SHIFT_LEAD)
        do(city, case, V.HAND_OVER, R.DISPATCHER, to="district")
        wait_until_quiet(city, district)
        assert district.rows("SELECT exercise FROM cases") == [{"exercise": True}]


def someone_acts(where: Instance, random: Random) -> None:
    """Let somebody take a step with a case; what the workflow refuses is not done."""
    rows = where.rows("SELECT id, state FROM cases WHERE state <> ALL (%(ends)s)", ends=[*ENDS])
    if not rows:
        return
    row = random.choice(rows)
    now = State(row["state"])
    possible = [verb for (state_, verb) in NEXT if state_ is now and verb not in LEFT_OUT]
    verb = random.choice(USUAL.get(now, possible) if random.random() < 0.8 else possible)
    if (now, verb) not in NEXT:
        return
    roles = sorted(NEXT[now, verb].roles - {R.SYSTEM, R.PARTNER})
    if not roles:
        return
    role = random.choice(roles)
    until = (where.now() + timedelta(days=3)).isoformat()
    details: dict[Verb, dict[str, Any]] = {
        V.VERIFY: {"found": random.random() < 0.9},
        V.FILE: {"condition": "standing-water"},
        V.DISPATCH: {"department": random.choice([WATER, GAS])},
        V.REDIRECT: {"department": random.choice([WATER, GAS])},
        V.HAND_OVER: {"to": random.choice([PEERS[where.name]] * 9 + ["110"])},
        V.INSPECT: {"passed": random.random() < 0.7},
        V.CLOSE: {"outcome": Outcome.REAL},
        V.ASK_EXTENSION: {"amount": 1},
        V.ASK_SUSPENSION: {"until": until},
    }
    try:
        do(where, row["id"], verb, role, f"reason {where.steps}", **details.get(verb, {}))
    except Refused:
        return


@pytest.mark.parametrize(
    ("seed", "cases", "way"),
    [
        (1, 60, "push"),
        (2, 60, "poll"),
        pytest.param(3, 400, "push", marks=pytest.mark.slow),
        pytest.param(4, 400, "poll", marks=pytest.mark.slow),
    ],
)
def test_over_a_bad_line_both_sides_have_the_same_and_nothing_twice(
    server_url: str, template: str, seed: int, cases: int, way: str
) -> None:
    random = Random(seed)
    with both(server_url, template, seed, way) as (city, district, to_city, to_district):
        for round_ in range(4):
            for _ in range(cases // 4):
                open_case(city if random.random() < 0.6 else district)
                city.steps += 1
                district.steps += 1
                for _ in range(30):
                    someone_acts(random.choice([city, district]), random)
            if round_ == 0:  # the line goes down, and people work on
                to_city.port, down = 0, to_city.port
                for _ in range(100):
                    someone_acts(random.choice([city, district]), random)
                to_city.port = down
            if round_ == 1:
                city.end_sessions()
                district.end_sessions()
            if round_ == 2:
                for where, line in ((city, to_city), (district, to_district)):
                    where.stop()
                    line.port = where.start()
        to_city.bad = to_district.bad = False
        wait_until_quiet(city, district)
        assert check_states(city, district) > cases / 2
        sent = check_messages(city, district) + check_messages(district, city)
        assert sent > cases * 5
        bad = to_city.fates + to_district.fates
        assert min(bad[fate] for fate in BadLine.FATES) > 5, bad


# What is not as it should be -----------------------------------------------------------------


def asked(
    line: BadLine, sender: str, messages: list[dict[str, Any]], secret: str = SECRET
) -> httpx.Response:
    """Send messages in the name of a peer."""
    body = orjson.dumps({"sender": sender, "messages": messages})
    headers = sign(secret, "m-1", datetime.now(UTC), body)
    return httpx.post(f"{line.url}/api/v1/exchange/messages", content=body, headers=headers)


def test_only_peers_with_the_secret_are_heard(server_url: str, template: str) -> None:
    with both(server_url, template, bad=False) as (city, _, to_city, _):
        other = secret_of(b"x" * 32)
        assert asked(to_city, "district", [], other).status_code == 401
        assert asked(to_city, "nobody", []).status_code == 401
        assert asked(to_city, "district", []).json() == {"received": 0}
        fetched = httpx.get(f"{to_city.url}/api/v1/exchange/messages?peer=district&after=0")
        assert fetched.status_code == 401
        assert city.rows("SELECT 1 FROM messages_in") == []


def test_what_comes_too_early_is_not_taken_and_what_comes_again_changes_nothing(
    server_url: str, template: str
) -> None:
    step = {
        "kind": "step", "case": "D1", "yours": "", "version": 1, "verb": "note", "role": "intake",
        "state": "reported", "at": "2026-03-06T01:00:00Z", "reason": "", "details": {},
    }  # fmt: skip
    with both(server_url, template, way="poll", bad=False) as (city, _, to_city, _):
        early = [{"number": 2, "body": step}, {"number": 3, "body": step}]
        assert asked(to_city, "district", early).json() == {"received": 0}
        assert asked(to_city, "district", [{"number": 1, "body": step}]).json() == {"received": 1}
        assert asked(to_city, "district", [{"number": 1, "body": step}]).json() == {"received": 1}
        assert len(city.rows("SELECT 1 FROM messages_in")) == 1


def test_what_cannot_be_followed_is_kept_and_told_and_stops_no_other_case(
    server_url: str, template: str
) -> None:
    with both(server_url, template, bad=False) as (city, district, *_):
        case, other = open_case(city), open_case(city)
        for each in (case, other):
            to_filed(city, each)
            do(city, each, V.HAND_OVER, R.DISPATCHER, to="district")
        wait_until_quiet(city, district)
        [lost] = district.rows("DELETE FROM case_links WHERE case_id = 1 RETURNING theirs")
        do(city, case, V.NOTE, R.DISPATCHER, "first")
        do(city, case, V.NOTE, R.DISPATCHER, "second")
        do(city, other, V.NOTE, R.DISPATCHER, "elsewhere")
        wait_until_quiet(city, district)
        rows = district.rows("SELECT outcome, theirs, why FROM messages_in ORDER BY number")[-3:]
        assert [row["outcome"] for row in rows] == ["conflict", "held", "applied"]
        assert rows[0]["theirs"] == lost["theirs"]
        assert "no case here is" in rows[0]["why"]
        assert "elsewhere" in log(district, 2)[-1][2]
        [told] = city.rows("SELECT refused FROM messages_out WHERE refused <> ''")
        assert "no case here is" in told["refused"]
        assert "cannot follow note" in log(city, case)[-1][2], "who works on it reads so"
        with district.connection.transaction():
            exchange.know(district.connection, ["city"])
            district.connection.execute(
                "INSERT INTO case_links (peer, case_id, theirs) VALUES ('city', 1, %s)",
                (lost["theirs"],),
            )
            [conflict] = district.rows("SELECT number FROM messages_in WHERE outcome = 'conflict'")
            followed = exchange.dismiss(
                district.connection, "city", conflict["number"], "lead", "read it by telephone",
                district.now(), CITY,
            )  # fmt: skip
        assert followed == 1
        assert "second" in log(district, 1)[-1][2]


def test_a_hand_over_that_cannot_be_taken_brings_the_case_back(
    server_url: str, template: str
) -> None:
    with both(server_url, template, way="poll", bad=False) as (city, district, *_):
        case = open_case(city)
        to_filed(city, case)
        # A report of 10,000 characters and more is none.
        city.connection.execute("UPDATE cases SET description = repeat('x', 11000)")
        do(city, case, V.HAND_OVER, R.DISPATCHER, to="district")
        wait_until_quiet(city, district)
        assert state(city, case) is S.FILED
        assert "cannot follow hand-over" in log(city, case)[-1][2]
        assert district.rows("SELECT 1 FROM cases") == []
        [row] = exchange.peers(district.connection, ["city"])
        assert row["conflicts"] == 1


def test_a_database_put_back_stops_the_exchange_instead_of_losing_messages(
    server_url: str, template: str
) -> None:
    with both(server_url, template, bad=False) as (city, district, *_):
        case = open_case(city)
        to_filed(city, case)
        do(city, case, V.HAND_OVER, R.DISPATCHER, to="district")
        wait_until_quiet(city, district)
        city.connection.execute("DELETE FROM messages_out")
        city.connection.execute("UPDATE peers SET sent = 0, acknowledged = 0")
        do(city, case, V.NOTE, R.DISPATCHER, "after the backup")

        def trouble() -> str:
            return str(city.rows("SELECT trouble FROM peers")[0]["trouble"])

        while "not the one that came before" not in trouble():
            city.connection.execute("SELECT pg_sleep(0.02)")
        assert [row["number"] for row in district.rows("SELECT number FROM messages_in")] == [1]
