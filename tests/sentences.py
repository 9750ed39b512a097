"""The sentences that the program says to people, found in its own source: each has its Chinese.

A sentence is what a module hands to one of `SAID_BY`, or gives one of the names `CALLED`. What is
put into it while it runs is "1" here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]

#: Calls whose arguments people read: which of them, by place.
SAID_BY: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(
        (
            "Refused", "Stale", "BadReport", "BadWarning", "BadWindow", "ChangeRefused", "NoCaller",
            "UnknownCase", "UnknownReport", "BadSubscription", "VersionRefused", "NoPlace",
            "BadAccess", "NoSuch", "UnreadableTable", "DrillRefused", "BadPassword", "BadPeriod",
            "BadPicture", "BadSecret", "BadCode", "Unjudged", "UnknownDrill", "WrongUnit",
        ),
        (0,),
    ),
    **dict.fromkeys(
        ("BadPolygon", "BadCourse", "BadComponent", "BadLimit", "UnknownQuantity"), (0, 1, 2)
    ),
    "Unreadable": (1, 2),
    "Reject": (1,),
    "reject": (1,),
    "fault": (2, 3),
    "Fault": (4, 5),
    "Verdict": (3,),
    "By": (1,),
    "ByItself": (2,),
    "Step": (1,),
    "_step": (2,),
    "system_step": (5,),
    "append": (0,),
    "insert": (1,),
    "Named": (1,),
}  # fmt: skip
#: In some places the same name is another's.
OF_FOLDER = {
    ("ingest", "Unusable"): (0,),
    ("store", "Unusable"): (1, 2),
    ("ingest", "Problem"): (2, 3),
    ("store", "Problem"): (2, 3),
    ("api", "Problem"): (1,),
}
#: Names of what people read.
CALLED = frozenset({"why", "what", "mend", "said", "told", "reason", "outcome"})
#: Functions that return what people read.
RETURNS = frozenset({"cases/guards.py", "cases/grouping.py", "cases/speaking.py"})
#: What these say is met by programs and those who write them, or by who starts the system.
FOR_PROGRAMS = frozenset(
    {
        "api/paging.py", "api/selection.py", "api/sorting.py", "api/conditional.py",
        "api/reading_formats.py", "api/idempotency.py", "api/accept.py", "api/body.py",
        "api/access/headers.py", "api/access/providers.py", "api/access/who.py",
        "api/routes/influx.py", "api/routes/intake.py", "api/routes/exchange.py",
        "api/routes/stream.py", "api/routes/health.py", "api/routes/metrics.py", "api/fields.py",
        "cases/account.py", "cases/catalogue.py", "cases/clock.py", "cases/evaluation_guide.py",
        "cases/guide.py", "cases/open311.py", "cases/open311_post.py", "cases/cap.py",
        "cases/signature.py", "cases/policy.py", "store/database.py", "store/reading_files.py",
        "store/import_readings.py", "store/device_credentials.py", "ingest/broker_access.py",
        "ingest/connection.py", "ingest/session.py", "ingest/topics.py",
    }
)  # fmt: skip
FOLDERS = ("cases", "store", "ingest", "api")
ASIDE = ("api/sensorthings", "api/open311", "store/sensorthings", "api/console")


class Said(NamedTuple):
    where: str
    sentence: str


def sentences() -> Iterator[Said]:
    """Yield every sentence with its place."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            if name not in FOR_PROGRAMS and not name.startswith(ASIDE):
                yield from _of(name, folder)
    yield from _of("deploy/drills.py", "deploy")


def _of(name: str, folder: str) -> Iterator[Said]:
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        for part in _said(node, name, folder):
            for sentence in _texts(part):
                if sentence.count(" ") >= 1 and any(sign.isalpha() for sign in sentence):
                    yield Said(f"{name}:{node.lineno}", sentence)  # type: ignore[attr-defined]


def _said(node: ast.AST, name: str, folder: str) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func).rpartition(".")[2]
        places = OF_FOLDER.get((folder, called), SAID_BY.get(called, ()))
        if called in ("append", "insert") and name not in ("store/desk.py", "cases/choices.py"):
            return
        yield from (node.args[place] for place in places if place < len(node.args))
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name | ast.Attribute):
        if ast.unparse(node.targets[0]).rpartition(".")[2] in (*CALLED, "audit_why"):
            yield node.value
    elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "WAITS":
        assert isinstance(node.value, ast.Dict)
        yield from node.value.values
    elif isinstance(node, ast.Return) and name in RETURNS and node.value is not None:
        yield node.value


def _texts(part: ast.expr) -> list[str]:
    """Return what an expression may say; nothing where it is no text of the program's own."""
    if isinstance(part, ast.Constant):
        return [part.value] if isinstance(part.value, str) else []
    if isinstance(part, ast.IfExp):
        return [*_texts(part.body), *_texts(part.orelse)]
    if isinstance(part, ast.JoinedStr):
        return ["".join(str(v.value) if isinstance(v, ast.Constant) else "1" for v in part.values)]
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add):
        left, right = _texts(part.left) or ["1"], _texts(part.right) or ["1"]
        return [one + other for one in left for other in right if one + other != "11"]
    return []
