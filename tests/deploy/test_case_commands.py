"""Casework by commands alone: through the whole loop, what is refused, what scripts read."""

import json

import pytest
from click.testing import CliRunner
from put_case import put_case
from story import GAS, WATER, Story

from cases.choices import choices, missing
from cases.transitions import NEXT
from cases.words import ENDS, Role, Source, State, Verb
from deploy.cli import lifeline

pytestmark = pytest.mark.server
CELL = "110105003002001"


@pytest.fixture
def run(database_url, monkeypatch):
    """Run `lifeline` with these words; return its exit code and what it says."""
    monkeypatch.setenv("COLUMNS", "240")
    for name in ("LIFELINE_ACTOR", "LIFELINE_ROLE"):
        monkeypatch.delenv(name, raising=False)

    def runs(*words, code=0):
        said = CliRunner().invoke(lifeline, ["--database", database_url, *words])
        assert said.exit_code == code, said.output
        return said.output

    return runs


@pytest.fixture
def case(database):
    """Number of a case that intake has accepted, as an inspector reported it."""
    database.execute("INSERT INTO grid_cells (code) VALUES (%s)", [CELL])
    put_case(
        database,
        Story(Source.INSPECTOR).to(State.ACCEPTED),
        grid_cell=CELL,
        code="0102",
        condition="cover-missing",
    )
    return "N7"


def state_of(database):
    database.rollback()
    return database.execute("SELECT state FROM cases").fetchone()[0]


def test_a_case_goes_through_the_whole_loop_without_a_page(database, run, case):
    assert "filed 已立案" in run("cases", "file", case, "-a", "lead-9")
    assert "dispatched" in run("cases", "dispatch", case, "-a", "desk-3", "-d", WATER)
    assert "handling" in run("cases", "handle", case, "-a", "crew-7")
    assert "fed-back" in run("cases", "handle", case, "-a", "crew-7", "--done")
    run("cases", "step", case, "ask-inspect", "-a", "intake-2", "-r", "intake")
    assert "inspected" in run("cases", "inspect", case, "-a", "inspector-5", "--passed")
    assert "closed 已结案" in run("cases", "close", case, "-a", "lead-9", "-o", "real")
    assert state_of(database) == "closed"
    verbs = database.execute("SELECT verb FROM case_log ORDER BY version DESC LIMIT 7").fetchall()
    assert [verb for (verb,) in reversed(verbs)] == [
        "file", "dispatch", "handle", "feed-back", "ask-inspect", "inspect", "close",
    ]  # fmt: skip


def test_show_says_clocks_what_is_missing_and_what_may_be_done(run, case):
    run("cases", "file", case, "-a", "lead-9")
    said = run("cases", "show", case)
    assert "dispatch 派遣 by dispatcher" in said
    assert "return 退回 by dispatcher with reason" in said
    assert "until it is closed\n  a dispatcher sends it to a department" in said
    assert "  a shift lead closes it\n" in said
    clocks = said.partition("\nclocks\n")[2].partition("\nlog\n")[0]
    assert "filing 立案" in clocks
    assert "green 绿灯" in clocks  # of dispatching, which has just begun
    assert "lead-9 file" in said


def test_show_says_why_a_step_is_not_yet_possible(database, run):
    story = Story(Source.SENSOR).to(State.INSPECTING)
    story.do(Verb.INSPECT, Role.INSPECTOR, "looker", passed=False)
    put_case(database, story)
    said = run("cases", "show", "N7")
    assert "not yet: the inspection did not find the closing condition met" in said
    assert "until it is closed\n  the inspection did not find" in said


def test_a_request_and_who_decides_it_are_shown(database, run):
    story = Story(Source.INSPECTOR).to(State.HANDLING)
    story.do(Verb.ASK_EXTENSION, Role.DEPARTMENT, "crew-7", amount=2)
    put_case(database, story)
    said = run("cases", "show", "N7")
    assert "asked: ask-extension 申请延期 by crew-7\n" in said
    assert "approve 初审同意 by dispatcher\n" in said
    run("cases", "step", "N7", "approve", "-a", "desk-3")
    assert "to-decide 待复审, requests approved once: 1 red" in run(
        "cases", "list", "--role", "command-lead"
    )
    assert "by crew-7, approved by a dispatcher" in run("cases", "show", "N7")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("cases", "handle", "N7"), "--actor, or LIFELINE_ACTOR"),
        (("cases", "handle", "N7", "-a", "crew"), "cannot handle a case that is accepted"),
        (("cases", "handle", "N7", "-a", "crew"), "from there: file, merge, reject, void"),
        (("cases", "file", "N7", "-a", "x", "-r", "leader"), "is for shift-lead or system"),
        (("cases", "file", "N7", "-a", "x", "-r", "boss"), "boss is no role"),
        (("cases", "file", "N7", "-a", "x", "-c", "no-such"), "no filing condition 'no-such'"),
        (("cases", "file", "N7", "-a", "x", "--version", "1"), "look again"),
        (("cases", "file", "N8", "-a", "x"), "there is no case N8"),
        (("cases", "step", "N7", "reject", "-a", "x"), "needs a reason"),
        (("cases", "step", "N7", "merge", "-a", "x"), "say in which role: intake, shift-lead"),
        (("cases", "step", "N7", "verify", "-a", "x", "--details", "found"), "not like found=true"),
        (("cases", "close", "N7", "-a", "x"), "Missing option '--outcome'"),
        (("cases", "list", "--list", "to-file"), "narrow the lists of a --role"),
        (("cases", "list", "-r", "dispatcher", "--list", "to-file"), "lists of dispatcher are"),
        (("cases", "list", "-r", "dispatcher", "--area", "11"), "a district has 6 digits"),
    ],
)
def test_what_is_refused_is_said_clearly_and_changes_nothing(database, run, case, words, says):
    result = CliRunner()
    database.commit()
    code = 1 if "N8" in words else None
    said = result.invoke(lifeline, ["--database", str(database.info.dsn), *words])
    assert said.exit_code in ((code,) if code else (1, 2))
    assert says in said.output
    assert state_of(database) == "accepted"


def test_who_i_am_comes_from_the_environment_and_a_name_given_wins(
    database, run, case, monkeypatch
):
    monkeypatch.setenv("LIFELINE_ACTOR", "lead-1")
    run("cases", "file", case)
    monkeypatch.setenv("LIFELINE_ACTOR", "desk-1")
    run("cases", "dispatch", case, "--actor", "desk-2", "-d", GAS)
    actors = database.execute("SELECT actor FROM case_log ORDER BY version DESC LIMIT 2").fetchall()
    assert actors == [("desk-2",), ("lead-1",)]


def test_scripts_read_json(run, case):
    [listed] = json.loads(run("cases", "list", "--json"))
    assert listed["number"] == case
    filed = json.loads(run("cases", "file", case, "-a", "lead-9", "--json"))
    assert filed["state"] == "filed"
    shown = json.loads(run("cases", "show", case, "--json"))
    assert shown["case"]["number"] == case
    assert "dispatch" in [choice["verb"] for choice in shown["choices"]]
    assert shown["missing"][0] == "a dispatcher sends it to a department"
    lists = json.loads(run("cases", "list", "-r", "dispatcher", "--json"))
    assert [each["list"] for each in lists][:2] == ["to-dispatch", "to-redirect"]
    assert [task["number"] for task in lists[0]["cases"]] == [case]


def test_details_are_values_and_words(database, run):
    put_case(database, Story(Source.HOTLINE).to(State.VERIFYING))
    run("cases", "step", "N7", "verify", "-a", "inspector-1", "--details", "found=true",
        "--details", "seen=water to the knees")  # fmt: skip
    told = database.execute(
        "SELECT details FROM case_log WHERE verb = 'verify'"
    ).fetchone()[0]  # fmt: skip
    assert told["found"] is True
    assert told["seen"] == "water to the knees"


def test_choices_are_those_of_the_table_and_missing_ends_with_the_closing():
    for state in State:
        if state in (State.SUSPENDED, State.HANDED_OVER, State.VOID, State.REJECTED):
            continue
        if state is State.CLOSED:
            story = Story(Source.INSPECTOR).to(State.CLOSED)
        else:
            story = Story(Source.HOTLINE).to(state)
        found = choices(story.case, story.now, story.city)
        table = {v for (s, v), m in NEXT.items() if s is state and m.roles - {Role.SYSTEM}}
        assert {choice.verb for choice in found} == table
        lacks = missing(story.case, story.now, story.city)
        assert bool(lacks) is (state not in ENDS)
        assert not lacks or lacks[-1] == "a shift lead closes it"


def test_a_choice_knows_whose_it_is_not():
    story = Story(Source.INSPECTOR).to(State.ACCEPTED)
    [filing] = [
        c for c in choices(story.case, story.now, story.city, "reporter") if c.verb is Verb.FILE
    ]
    assert "reporter did report in this case" in filing.why_not
