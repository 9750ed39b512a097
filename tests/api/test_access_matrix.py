"""Every route × every role × own or another area and department, held against a table of data.

`access_matrix.csv` says for each route which roles get in, and in `others` what becomes of cases
and places that lie in another's area or are another department's: `404` not found, `empty` not
listed, `403` refused; `unlimited` for what is the whole city's, and so refused to whoever is
limited at all; nothing where a route has to do with no single case or place.
"""

from __future__ import annotations

import csv
from pathlib import Path
from urllib.parse import quote

import pytest
from one_report import CALLER
from put_drill import put_drill
from signed_in import as_key, key
from watched_city import NOW

from api.access.permissions import PERMISSIONS, UNLIMITED
from api.access.table import ROUTES
from cases.words import Role
from store.access import Grant
from store.database import connect

pytestmark = pytest.mark.server

with (Path(__file__).parent / "access_matrix.csv").open(encoding="utf-8", newline="") as file:
    MATRIX = list(csv.DictReader(file))
ROLES = [str(role) for role in PERMISSIONS]
ELSEWHERE = "110101"
#: Endless: see test_stream.py and test_access.py.
UNASKED = {"GET /api/v1/stream"}


@pytest.fixture(scope="module")
def asked(module_guarded):
    """Asks in a role, limited or not, and answers with the status and the body."""
    client, url = module_guarded
    keys: dict[Grant | None, dict[str, str]] = {None: {}}

    def ask(grant, method, path, body=None):
        if grant not in keys:
            keys[grant] = as_key(key(url, f"key {len(keys)}", grant))
        return client.request(method, path, headers=keys[grant], json=body, follow_redirects=False)

    every = [Grant(role) for role in PERMISSIONS]
    boss = as_key(key(url, "boss", *every))
    [case] = client.get("/api/v1/cases?code=0506", headers=boss).json()["items"]
    said = {"source": "hotline", "text": "water", "lon": case["lon"], "lat": case["lat"]}
    told = client.post("/api/v1/reports", json=said | {"caller": CALLER}, headers=boss).json()
    told["window"] = client.post("/api/v1/windows", json=WINDOW, headers=boss).json()["id"]
    with connect(url) as connection:
        told["drill"] = put_drill(connection, NOW, case["lon"], case["lat"], ())
        connection.execute("UPDATE drills SET grid_cell = %s", (case["grid_cell"],))
        connection.commit()
    return ask, case, told


def filled(route, **parts):
    """The path of a route with a value for each of its parts."""
    method, path = route.split(" ", 1)
    while "{" in path:
        name = path[path.index("{") + 1 : path.index("}")]
        path = path.replace(f"{{{name}}}", quote(parts.get(name, "1"), safe=""), 1)
    return method, path


def test_the_matrix_names_every_route_and_every_role():
    assert [row["route"] for row in MATRIX] == sorted(ROUTES, key=lambda r: (r.split()[1], r))
    assert set(MATRIX[0]) == {"route", "guest", *ROLES, "others"}


def test_what_is_the_whole_citys_is_marked_so():
    for row in MATRIX:
        assert (ROUTES[row["route"]] in UNLIMITED) is (row["others"] == "unlimited"), row["route"]


@pytest.mark.parametrize(
    "row", [row for row in MATRIX if row["route"] not in UNASKED], ids=lambda row: row["route"]
)
def test_who_gets_in(asked, row):
    ask, _, _ = asked
    method, path = filled(row["route"])
    for role in ("guest", *ROLES):
        answer = ask(None if role == "guest" else Grant(role), method, path)
        refused = answer.status_code == 401 or (
            answer.status_code == 403 and answer.json()["type"].endswith("not-permitted")
            and "permission" in answer.json()
        )  # fmt: skip
        assert refused is (row[role] == "no"), (role, answer.status_code, answer.text[:300])


#: A body for each route that takes one, so that it is the case that decides and not the body.
WHY = {"why": "the caller asked"}
WINDOW = {"reason": "calibration", "scope": "device", "subject": "flood-003",
          "began": "2029-12-31T00:00:00Z", "until": "2030-01-01T00:00:00Z", **WHY}  # fmt: skip
BODIES = {
    "POST /api/v1/windows": lambda role: WINDOW,
    "POST /api/v1/windows/{number}/end": lambda role: WHY,
    "POST /api/v1/drills": lambda role: {"scenario": "any", "grid_cell": "330106001001001"},
    "POST /api/v1/drills/{drill}/faults": lambda role: {"what": "silent", "where": "flood-003"},
    "POST /api/v1/reports/{report}/caller/looks": lambda role: WHY,
    "POST /api/v1/reports/{report}/caller/erasure": lambda role: WHY,
    "POST /api/v1/cases/{case}/steps": lambda role: {
        "verb": "note", "role": role if role in set(Role) else "intake", "version": 1,
        "reason": "seen",
    },
}  # fmt: skip
LIMITED = [row for row in MATRIX if row["others"]]


@pytest.mark.parametrize("row", LIMITED, ids=lambda row: row["route"])
def test_own_and_others(asked, row):
    ask, case, told = asked
    ours, theirs = case["department"], "nobody's"
    limits = [
        ({"area": case["grid_cell"][:6]}, True),
        ({"area": ELSEWHERE}, False),
        ({"department": ours}, True),
        ({"department": theirs}, False),
    ]
    report = row["route"].find("{report}") >= 0
    method, path = filled(row["route"], case=told["case"] if report else case["number"],
                          report=told["report"], role="dispatcher",
                          number=str(told["window"]), drill=str(told["drill"]),
                          work_list="to-dispatch", table="cases")  # fmt: skip
    if row["route"].endswith("/evaluation/cases"):
        path += "?measure=reported"
    for role in (role for role in ROLES if row[role] == "yes"):
        for limit, own in limits:
            if own and report and "department" in limit:
                continue  # nobody has a report yet
            body = BODIES.get(row["route"], lambda _: {})(role)
            answer = ask(Grant(role, **limit), method, path, None if method == "GET" else body)
            said = (row["route"], role, limit, answer.status_code, answer.text[:200])
            if row["others"] == "empty":
                assert answer.status_code == 200, said
                assert own or not any_item(answer.json()), said
            elif row["others"] == "unlimited":
                assert answer.status_code == 403, said
                assert answer.json()["type"].endswith("not-permitted"), said
            elif own:
                assert answer.status_code != 404, said
            else:
                assert answer.status_code == int(row["others"]), said


def any_item(body):
    """Whether a list, in whatever form it comes, has anything in it."""
    if isinstance(body, list):
        return any(map(any_item, body)) or bool(body)
    for name in ("items", "features", "number"):
        if name in body:
            return bool(body[name])
    return any(any_item(each) for each in body.get("lists", ()))
