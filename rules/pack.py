"""Reading rule packs: YAML in, rules with their versions out, or an error that says the mend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rules.examine import examine, told
from rules.mend import in_words
from rules.schema import (
    CaseKey,
    Detection,
    EventCode,
    Explanation,
    Level,
    Need,
    Pack,
    Rule,
    Selector,
    SeverityLevel,
    Signal,
    Silence,
    Status,
)

__all__ = [
    "BadPack",
    "CaseKey",
    "Detection",
    "EventCode",
    "Explanation",
    "Level",
    "Need",
    "Pack",
    "Rule",
    "RuleSet",
    "Selector",
    "SeverityLevel",
    "Signal",
    "Silence",
    "Status",
    "load",
    "read_pack",
]


class BadPack(ValueError):
    """A rule pack that cannot be used; the text names file, rule, field and the mend."""


@dataclass(frozen=True)
class RuleSet:
    """Rules of one or many packs, by id; `pack` names the pack of each rule."""

    rules: dict[str, Rule]
    pack: dict[str, str]
    body: dict[str, Any]  #: each rule as written, plain data for the store
    beside: frozenset[str] = frozenset()  #: rules that nobody asked for: they only explain

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    def __len__(self) -> int:
        return len(self.rules)

    def versions(self) -> list[tuple[str, str, str, dict[str, Any]]]:
        """Return (rule, version, pack, body) of each, as `from_store` takes them."""
        return [(rule.id, rule.version, self.pack[rule.id], self.body[rule.id]) for rule in self]

    def only(self, wanted: Iterable[str]) -> RuleSet:
        """Return those of the wanted rules that are here."""
        mine = [name for name in wanted if name in self.rules]
        return RuleSet(
            {name: self.rules[name] for name in mine},
            {name: self.pack[name] for name in mine},
            {name: self.body[name] for name in mine},
        )

    def judged(self) -> list[Rule]:
        """Return active and shadow rules, every rule after those that explain it."""
        alive = {r.id: r for r in self if r.status in (Status.ACTIVE, Status.SHADOW)}
        ordered: dict[str, Rule] = {}

        def visit(rule: Rule) -> None:
            for explanation in rule.leans_on:
                if explanation.rule in alive and explanation.rule not in ordered:
                    visit(alive[explanation.rule])
            ordered[rule.id] = rule

        for rule in alive.values():
            if rule.id not in ordered:
                visit(rule)
        return list(ordered.values())


def read_pack(text: str, file: str = "<text>") -> RuleSet:
    """Return the rules of one pack; raise BadPack with all that is wrong in it."""
    read = examine(text)
    if read.faults:
        raise BadPack("\n".join(f"{file}: {words}" for words in told(read.faults)))
    return RuleSet(read.rules, dict.fromkeys(read.rules, read.pack), read.bodies)


def from_store(versions: Iterable[tuple[str, str, str, dict[str, Any]]]) -> RuleSet:
    """Return the rules of (rule, version, pack, body) as once read; the last of an id counts.

    Raises BadPack where a body is of a schema that is no longer read.
    """
    rules: dict[str, Rule] = {}
    packs: dict[str, str] = {}
    bodies: dict[str, Any] = {}
    for name, version, pack, body in versions:
        try:
            rule = Rule.model_validate(body)
        except ValidationError as refused:
            raise BadPack(f"rule {name}, version {version}: {in_words(refused, Rule)}") from None
        rules[name] = rule.model_copy(update={"version": version})
        packs[name], bodies[name] = pack, body
    return RuleSet(rules, packs, bodies)


def merge(sets: Iterable[tuple[str, RuleSet]]) -> RuleSet:
    """Return all rules as one set; raise BadPack where files disagree."""
    sets = [*sets]
    merged = RuleSet({}, {}, {}, frozenset().union(*(ruleset.beside for _, ruleset in sets)))
    origin: dict[str, str] = {}
    for file, ruleset in sets:
        for rule in ruleset:
            if rule.id in origin:
                raise BadPack(f"{file}: rule {rule.id}: is also in {origin[rule.id]}; rename one")
            origin[rule.id] = file
        merged.rules.update(ruleset.rules)
        merged.pack.update(ruleset.pack)
        merged.body.update(ruleset.body)
    for rule in merged:
        _check_explanations(rule, merged, origin[rule.id])
    return merged


def _check_explanations(rule: Rule, ruleset: RuleSet, file: str) -> None:
    """Refuse explanations by rules that do not exist, or in a circle."""
    open_ends = [(rule.id, explanation.rule) for explanation in rule.leans_on]
    reached: set[str] = set()
    while open_ends:
        by, other = open_ends.pop()
        if other == rule.id:
            raise BadPack(f"{file}: rule {rule.id}: explained_by: {by} leads back to it; break it")
        if other not in ruleset.rules:
            if by == rule.id and len(set(ruleset.pack.values())) > 1:
                raise BadPack(
                    f"{file}: rule {rule.id}: explained_by: no rule {other!r}; mind the spelling"
                )
            continue  # a pack loaded by itself: what is not there explains nothing
        if other not in reached:
            reached.add(other)
            open_ends += [(other, e.rule) for e in ruleset.rules[other].leans_on]


def load(path: Path | str, beside: RuleSet | None = None) -> RuleSet:
    """Return the rules of a pack file, or of all packs under a folder (tests files aside).

    With those of `beside` that explain them and are not among them, for a pack out of many.
    """
    path = Path(path)
    if not path.exists():
        raise BadPack(f"{path}: no such file or folder")
    files = [path]
    if path.is_dir():
        found = (*path.rglob("*.yml"), *path.rglob("*.yaml"))
        files = sorted(f for f in found if not f.stem.endswith(".test"))
    read = [(str(f), read_pack(f.read_text(encoding="utf-8"), str(f))) for f in files]
    if beside is not None:
        read.append(("the packs beside it", explaining([rules for _, rules in read], beside)))
    return merge(read)


def explaining(own: Iterable[RuleSet], beside: RuleSet) -> RuleSet:
    """Return the rules of `beside` that explain rules of `own`, or that explain those."""
    ours = {rule.id: rule for ruleset in own for rule in ruleset}
    ahead, taken = [*ours.values()], dict[str, Rule]()
    while ahead:
        for explanation in ahead.pop().leans_on:
            name = explanation.rule
            if name in beside.rules and name not in ours and name not in taken:
                taken[name] = beside.rules[name]
                ahead.append(taken[name])
    return RuleSet(
        taken,
        {name: beside.pack[name] for name in taken},
        {name: beside.body[name] for name in taken},
        frozenset(taken),
    )
