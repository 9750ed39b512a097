"""Rules come in force, on trial, and go: one transaction each, and a line in the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from cases.catalogue import Catalogue
from cases.coverage import uncovered
from rules.pack import BadPack, RuleSet, merge
from rules.schema import Status
from store.database import Connection
from store.rule_versions import RuleVersion, present, ruleset, version_of
from store.statements import statements

#: Who puts in force what the program brings along.
PROGRAM = "lifeline"
Written = tuple[str, str, str, dict[str, Any]]  #: rule, version, pack, body


class ChangeRefused(Exception):
    """A change of rules that cannot be made; the text says why, and what can."""


class By(NamedTuple):
    """Who changes a rule, why and when."""

    actor: str
    reason: str
    at: datetime


class Changed(NamedTuple):
    """What came and what went; None for nothing."""

    rule: str
    verb: str
    version: str | None
    former: str | None


def save(connection: Connection, rules: RuleSet, by: By, catalogue: Catalogue) -> list[Changed]:
    """Put rules in force from now on; one that is `retired` goes. Others stay as they are.

    Raises ChangeRefused where they do not fit the others, or nothing would change.
    """
    with _changing(connection, by) as desk:
        if drafts := [r.id for r in rules if r.status in (Status.DRAFT, Status.SHADOW)]:
            raise ChangeRefused(f"{', '.join(drafts)}: write status: active, or put it on shadow")
        desk.check(rules, catalogue)
        for written in rules.versions():
            going = rules.rules[written[0]].status is Status.RETIRED
            desk.put(written[0], False, None if going else written, "retire" if going else "save")
        return desk.changes(f"{', '.join(rules.rules)}: in force as written already")


def put_on_trial(
    connection: Connection, rules: RuleSet, by: By, catalogue: Catalogue
) -> list[Changed]:
    """Have rules judge beside those in force; they open no cases."""
    with _changing(connection, by) as desk:
        desk.check(rules, catalogue)
        for written in rules.versions():
            desk.put(written[0], True, written, "shadow")
        return desk.changes(f"{', '.join(rules.rules)}: on trial as written already")


def promote(connection: Connection, rule: str, by: By) -> Changed:
    """Put the version on trial in force, and end the trial."""
    with _changing(connection, by) as desk:
        trial = desk.on_trial(rule)
        desk.check(ruleset([trial]))
        desk.put(rule, True, None, "")
        desk.put(rule, False, trial[:4], "promote")
        return desk.changes(f"{rule}: version {trial.version} is in force already")[0]


def discard(connection: Connection, rule: str, by: By) -> Changed:
    """End a trial."""
    with _changing(connection, by) as desk:
        desk.on_trial(rule)
        desk.put(rule, True, None, "discard")
        return desk.changes("")[0]


def roll_back(connection: Connection, rule: str, by: By) -> Changed:
    """Put the version in force again that was before the present one."""
    with _changing(connection, by) as desk:
        now = desk.now.get((rule, False))
        values = {"rule": rule, "version": now.version if now else None}
        row = connection.execute(statements("rules")["former"], values).fetchone()
        if row is None:
            raise ChangeRefused(f"{rule}: no other version was ever in force")
        former = RuleVersion(*row)
        desk.check(ruleset([former]))
        desk.put(rule, False, former[:4], "rollback")
        return desk.changes("")[0]


def fit(connection: Connection, rules: RuleSet, catalogue: Catalogue) -> None:
    """Refuse rules that could not be put in force now."""
    _fit([v for v in present(connection) if not v.shadow], rules, catalogue)


def ship(connection: Connection, rules: Iterable[Written], at: datetime) -> list[Changed]:
    """Take in the rules that the program brings along; return what changed.

    A rule follows the program as long as it is what the program brought along before. One
    that people put in force, on trial or out of force stays so.
    """
    by = By(PROGRAM, "brought along by the program", at)
    with _changing(connection, by) as desk:
        sql = statements("rules")
        before = {rule: (was, status) for rule, was, status in connection.execute(sql["shipped"])}
        brought = {written[0]: written for written in rules}
        for rule in sorted(before.keys() | brought.keys()):
            written = brought.get(rule)
            new = (None, None) if written is None else (written[1], _status(written))
            was = before.get(rule, (None, None))
            if was == new:
                continue
            for shadow, judged in ((False, Status.ACTIVE), (True, Status.SHADOW)):
                now = desk.now.get((rule, shadow))
                if (now.version if now else None) == (was[0] if was[1] == judged else None):
                    desk.put(rule, shadow, written if new[1] is judged else None, "ship")
            if written is not None:
                values = _values(written) | {"status": new[1]}
                connection.execute(sql["note_shipped"], values)
        connection.execute(sql["forget_shipped"], {"rules": [*brought]})
        return desk.done


class _Desk:
    """Where a change is made: what is now, what is done, and the log."""

    def __init__(self, connection: Connection, by: By) -> None:
        self.connection, self.by = connection, by
        self.now = {(v.rule, v.shadow): v for v in present(connection)}
        self.done: list[Changed] = []

    def on_trial(self, rule: str) -> RuleVersion:
        trial = self.now.get((rule, True))
        if trial is None:
            raise ChangeRefused(f"{rule}: no version is on trial; see `lifeline rules list`")
        return trial

    def check(self, rules: RuleSet, catalogue: Catalogue | None = None) -> None:
        """Refuse rules that do not fit those in force, or that no filing condition covers."""
        _fit([v for v in self.now.values() if not v.shadow], rules, catalogue)

    def put(self, rule: str, shadow: bool, written: Written | None, verb: str) -> None:
        """End what is there and begin what is given, unless it is the same."""
        now = self.now.get((rule, shadow))
        former, version = (now.version if now else None), (written[1] if written else None)
        if former == version:
            return
        sql, by = statements("rules"), self.by
        values = {"rule": rule, "shadow": shadow, "at": by.at}
        self.connection.execute(sql["end"], values)
        if written is not None:
            self.connection.execute(sql["begin"], values | _values(written))
        if verb:
            line = Changed(rule, verb, version, former)
            logged = line._asdict() | by._asdict()
            self.connection.execute(sql["log"], logged)
            self.done.append(line)

    def changes(self, otherwise: str) -> list[Changed]:
        """Return what was done; refuse with these words if that is nothing."""
        if not self.done:
            raise ChangeRefused(otherwise)
        return self.done


@contextmanager
def _changing(connection: Connection, by: By) -> Iterator[_Desk]:
    """Yield a desk whose changes are one, alone at the time, and told to who judges."""
    if not by.actor.strip() or not by.reason.strip():
        raise ChangeRefused("say who changes the rule, and why")
    with connection.transaction():
        connection.execute(statements("rules")["lock"])
        yield _Desk(connection, by)
        connection.execute(statements("engine")["tell"], {"what": "rules"})


def _fit(in_force: list[RuleVersion], rules: RuleSet, catalogue: Catalogue | None) -> None:
    others = [version for version in in_force if version.rule not in rules.rules]
    staying = {rule.id: rule for rule in rules if rule.status is not Status.RETIRED}
    try:
        merge([("in force", ruleset(others)), ("given", replace(rules, rules=staying))])
    except BadPack as refused:
        raise ChangeRefused(str(refused)) from None
    if catalogue is not None and (lacking := uncovered(rules, catalogue)):
        raise ChangeRefused("\n".join(lacking))


def _status(written: Written) -> Status:
    return Status(written[3].get("status", Status.ACTIVE))


def _values(written: Written) -> dict[str, Any]:
    rule, version, pack, body = written
    return {"rule": rule, "version": version, "pack": pack, "body": Jsonb(body)}


def stored(connection: Connection, rule: str, version: str) -> RuleVersion:
    """Return a version that was once in force or on trial, or refuse."""
    found = version_of(connection, rule, version)
    if found is None:
        raise ChangeRefused(f"{rule}: no version {version}; see `lifeline rules history {rule}`")
    return found
