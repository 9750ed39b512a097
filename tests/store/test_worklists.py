"""Work lists on a real store: what the SQL lists is what the pure conditions say, in order."""

from datetime import timedelta
from random import Random

import pytest
from put_case import put_case
from story import GAS, MINUTE, WATER, Story

from cases.words import ENDS, Role, Source, State, Verb
from cases.worklists import CONDITIONS, WORK_LISTS, belongs, lists_of
from store.cases import record
from store.statements import statements
from store.worklists import MOST, Scope, counts, key, page

pytestmark = pytest.mark.server
V, R = Verb, Role
HOUR = timedelta(hours=1)
CELL = "110105003002001"


def tells(random, number):
    """Return one case somewhere on its way, with things that happen to cases."""
    source = random.choice([Source.INSPECTOR, Source.SENSOR, Source.HOTLINE])
    story = Story(source, case_id=number, exercise=number % 11 == 0)
    story.now += MINUTE * random.randrange(300)
    if random.random() < 0.15:
        return story
    story.to(State.ACCEPTED)
    if random.random() < 0.1:
        return story
    limit = {"limit": {"amount": random.choice([1, 2, 4]), "class": "emergency-hours"}}
    story.do(V.FILE, R.SHIFT_LEAD, "filer", **limit)
    if random.random() < 0.15:
        return story
    story.do(V.DISPATCH, R.DISPATCHER, "sender", department=random.choice([WATER, GAS]))
    ways = {
        "returned": lambda: story.do(V.RETURN, R.DEPARTMENT, "crew"),
        "asked": lambda: story.to(State.HANDLING).do(
            V.ASK_EXTENSION, R.DEPARTMENT, "crew", amount=0.5
        ),
        "raised": lambda: [story.do(V.ESCALATE, R.SYSTEM) for _ in range(random.randrange(1, 4))],
        "supervised": lambda: story.do(V.SUPERVISE, R.LEADER, "boss"),
        "handed": lambda: story.do(V.HAND_OVER, R.DISPATCHER, "sender", to="110"),
        "inspected": lambda: story.to(State.INSPECTING).do(
            V.INSPECT, R.INSPECTOR, "looker", passed=random.random() < 0.6
        ),
        "late": lambda: story.to(State.FED_BACK, after=5 * HOUR),
        "closed": lambda: _appealed(story),
        "on": lambda: story.to(random.choice([State.HANDLING, State.FED_BACK, State.INSPECTING])),
    }
    way = list(ways)[number % len(ways)]
    ways[way]()
    if way == "asked" and random.random() < 0.6:
        story.do(V.APPROVE, R.DISPATCHER, "sender")
        if random.random() < 0.3:
            story.do(V.EXTEND, R.COMMAND_LEAD, "chief")
    return story


def _appealed(story):
    story.to(State.HANDLING).to(State.FED_BACK, after=5 * HOUR).to(State.INSPECTED)
    if story.case.source is Source.SENSOR:
        story.do(V.CONFIRM, R.SYSTEM)
    story.to(State.CLOSED).do(V.APPEAL, R.DEPARTMENT, "crew")


@pytest.fixture
def told(database):
    """Two hundred cases, as their stories and as rows."""
    random, others = Random(5), Random(6)
    stories = [tells(random, number) for number in range(1, 201)]
    database.execute("INSERT INTO grid_cells (code) VALUES (%s), ('110101001001001')", [CELL])
    for story in stories:
        cell = random.choice([CELL, "110101001001001"])
        story.cell = cell
        story.about = {
            "code": others.choice(["0506", "0501"]),
            "severity": others.choice(["yellow", "red"]),
            "address": others.choice(["Wenyi Road 1", "学院路 2"]),
        }
        put_case(database, story, grid_cell=cell, **story.about)
    return stories


def now_of(told):
    """Return a moment at which there are cases of every light."""
    return told[0].now + 3 * HOUR


def whole(database, work_list, scope, now, limit):
    """Return all rows of a list, a page at a time."""
    rows, after = [], None
    while found := page(database, work_list, scope, now, limit, after):
        rows += found
        after = key(found[-1])
    return rows


def expected(told, work_list, scope, now):
    """Return ids as the list should have them: a naive twin, by the cases alone."""
    rank = {"red": 1, "yellow": 2, "green": 3}
    found = []
    for story in told:
        case = story.case
        if not belongs(case, work_list, scope.level or 2):
            continue
        if scope.department and case.department != scope.department:
            continue
        if not story.cell.startswith(scope.area):
            continue
        if any(
            getattr(scope, name) not in ("", story.about[name]) for name in ("code", "severity")
        ):
            continue
        if scope.text.lower() not in f"N{case.id} {story.about['address']}".lower():
            continue
        if scope.exercise not in (None, case.exercise):
            continue
        run = case.running
        light = light_of(run, now) if run else "standing"
        if scope.light in ("", light):
            found.append((rank.get(light, 4), run.due if run else 0, case.id))
    return [number for _, _, number in sorted(found, key=lambda f: (f[0], str(f[1]), f[2]))]


def light_of(run, now):
    if now > run.due:
        return "red"
    return "yellow" if now > run.yellow else "green"


SCOPES = [
    Scope(),
    Scope(department=WATER),
    Scope(area="110105"),
    Scope(area="110105003"),
    Scope(area="110105003002"),
    Scope(area=CELL),
    Scope(department=GAS, area="110101"),
    Scope(level=3),
    Scope(light="yellow"),
    Scope(light="red", area="110105"),
    Scope(light="standing"),
    Scope(text="WENYI"),
    Scope(text="n11"),
    Scope(code="0501", severity="red"),
    Scope(exercise=False),
    Scope(exercise=True),
]


def test_every_list_shows_what_its_condition_says_by_light_and_due(database, told):
    now = now_of(told)
    seen = set()
    for work_list in WORK_LISTS:
        if work_list.condition == "to_call_back":
            continue
        for scope in SCOPES:
            if scope.level and work_list.condition != "raised":
                continue
            rows = whole(database, work_list, scope, now, 7)
            assert [row["id"] for row in rows] == expected(told, work_list, scope, now), (
                work_list.name,
                scope,
            )
            if rows and scope == Scope():
                seen.add((work_list.role, work_list.name))
    missing = {(w.role, w.name) for w in WORK_LISTS} - seen
    assert {name for _, name in missing} <= {"to-call-back", "suspended", "verifying", "to-verify"}


def test_counts_are_those_of_the_rows_and_stop_at_the_most(database, told, monkeypatch):
    now = now_of(told)
    for work_list in WORK_LISTS:
        rows = whole(database, work_list, Scope(), now, 50)
        counted = counts(database, work_list, Scope(), now)
        for name, row_light in (("red", "red"), ("yellow", "yellow"), ("green", "green")):
            assert counted[name] == sum(row["light"] == row_light for row in rows)
        assert counted["standing"] == sum(row["light"] is None for row in rows)
    assert MOST == 2_000


def test_a_page_goes_on_where_the_one_before_ended_while_cases_move(database, told):
    now = now_of(told)
    (work_list,) = [w for w in lists_of(Role.DEPARTMENT) if w.name == "in-work"]
    first = page(database, work_list, Scope(), now, 5)
    rest = page(database, work_list, Scope(), now, 1000, key(first[-1]))
    database.execute("UPDATE cases SET state = 'closed' WHERE id = %s", [first[-1]["id"]])
    assert page(database, work_list, Scope(), now, 1000, key(first[-1])) == rest


def test_conditions_are_the_same_words_in_code_and_sql():
    named = {work_list.condition for work_list in WORK_LISTS}
    assert named == CONDITIONS.keys() | {"raised", "to_call_back"}
    assert named <= statements("worklists").keys()


def test_every_open_state_is_somebodys_work_and_every_post_has_a_list():
    posts = {work_list.role for work_list in WORK_LISTS}
    assert posts == set(Role) - {Role.SYSTEM}
    states = {work_list.state for work_list in WORK_LISTS if work_list.condition == "in_state"}
    states |= {State.FILED, State.INSPECTED}
    assert states == set(State) - ENDS


def test_callers_to_be_called_back_are_those_whose_case_has_ended(database):
    database.execute("INSERT INTO grid_cells (code) VALUES (%s) ON CONFLICT DO NOTHING", [CELL])
    story = Story(Source.HOTLINE)
    put_case(database, story)
    database.execute(
        """INSERT INTO reports (id, case_id, source, system, external_id, actor, reported,
               received, text, code_list, code, condition, component, address, photos, exercise)
           SELECT gen_random_uuid(), id, 'hotline', 's', 'e', 'a', opened, opened, '', '', '', '',
                  '', '', '{}', false FROM cases"""
    )
    database.execute("INSERT INTO callers (report, name, phone) SELECT id, '', '1' FROM reports")
    (work_list,) = [w for w in lists_of(Role.INTAKE) if w.name == "to-call-back"]
    assert page(database, work_list, Scope(), story.now, 10) == []
    before = len(story.log)
    story.to(State.CLOSED)
    record(database, story.case, story.log[before:], story.city)
    assert [row["id"] for row in page(database, work_list, Scope(), story.now, 10)] == [7]
    before = len(story.log)
    story.do(V.CALL_BACK, R.INTAKE, satisfaction="satisfied")
    record(database, story.case, story.log[before:], story.city)
    assert page(database, work_list, Scope(), story.now, 10) == []
    before = len(story.log)
    story.do(V.REOPEN, R.SHIFT_LEAD)
    record(database, story.case, story.log[before:], story.city)
    assert page(database, work_list, Scope(), story.now, 10) == []
