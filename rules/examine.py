"""A pack as text, examined: its rules, and all that is wrong with it, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from rules.mend import mends
from rules.schema import Rule, content_hash

Way = tuple[int | str, ...]
#: Values that a text may stand for. One that names what it wrote before may stand for billions.
MOST = 200_000


class Fault(NamedTuple):
    """One thing that is wrong.

    at   : the way to it from the top, such as ("rules", 0, "signals", "deep", "select")
    mark : line and column from 1, where it is not even YAML
    """

    words: str
    at: Way = ()
    rule: str = ""
    mark: tuple[int, int] | None = None


@dataclass(slots=True)
class Examined:
    """What could be read of a pack; `bodies` are the rules as written."""

    pack: str = ""
    rules: dict[str, Rule] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


class Unwritten(Exception):
    """A text that is no YAML, or loses a field unseen; holds the fault."""

    def __init__(self, words: str, mark: yaml.Mark | None = None) -> None:
        super().__init__(words)
        place = None if mark is None else (mark.line + 1, mark.column + 1)
        self.fault = Fault(words, mark=place)


class StrictLoader(yaml.SafeLoader):
    """YAML without the two ways to lose a field unseen: keys twice, and keys that are no text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            mark = key_node.start_mark
            if not isinstance(key, str):
                raise Unwritten(
                    f"line {mark.line + 1}: YAML reads the key {key_node.value!r} as {key!r}; "
                    "put it in quotes or name it otherwise",
                    mark,
                )
            if key in seen:
                raise Unwritten(f"line {mark.line + 1}: {key!r} is written twice; remove one", mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_yaml(
    text: str, kind: type[yaml.SafeLoader] = StrictLoader
) -> tuple[yaml.Node | None, Any]:
    """Return the nodes of a text, which know their lines, and what it says; raise Unwritten."""
    try:
        loader = kind(text)
        node = loader.get_single_node()
        if node is None:
            return None, None
        if _size(node, {}) > MOST:
            raise Unwritten(f"it stands for more than {MOST:,} values; write less by anchors")
        return node, loader.construct_document(node)
    except yaml.MarkedYAMLError as refused:
        mark = refused.problem_mark
        line = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: "
        raise Unwritten(f"{line}not YAML: {refused.problem}", mark) from None
    except yaml.YAMLError as refused:
        raise Unwritten(f"not YAML: {refused}") from None
    except RecursionError:
        raise Unwritten("not YAML that a pack needs: it is nested too deeply") from None
    except ValueError as refused:  # a date such as 2026-02-30
        raise Unwritten(f"not YAML: {refused}; put it in quotes") from None


def examine(text: str) -> Examined:
    """Return the rules of one pack with all that is wrong in it."""
    found = Examined()
    try:
        _, written = read_yaml(text)
    except Unwritten as refused:
        found.faults = [refused.fault]
        return found
    if not isinstance(written, dict) or not isinstance(written.get("rules"), list):
        found.faults = [Fault("a pack is written {pack: name, rules: [...]}")]
        return found
    for key in written.keys() - {"pack", "rules"}:
        words = f"field {key!r}: no such field; known are pack, rules"
        found.faults.append(Fault(words, (key,)))
    if isinstance(written.get("pack"), str):
        found.pack = written["pack"]
    else:
        found.faults.append(Fault("field 'pack': write the pack's name", ("pack",)))
    for place, body in enumerate(written["rules"]):
        _examine_rule(found, place, body)
    return found


def _examine_rule(found: Examined, place: int, body: Any) -> None:
    named = body.get("id", f"number {place + 1}") if isinstance(body, dict) else place + 1
    at: Way = ("rules", place)
    try:
        rule = Rule.model_validate(body)
    except ValidationError as refused:
        found.faults += [
            Fault(words, (*at, *where), str(named)) for where, words in mends(refused, Rule)
        ]
        return
    if "version" in body:
        words = "version: is reckoned from the rest; remove it"
        found.faults.append(Fault(words, (*at, "version"), rule.id))
    if rule.id in found.rules:
        words = "the id is used twice; rename one"
        found.faults.append(Fault(words, (*at, "id"), rule.id))
    found.rules[rule.id] = rule.model_copy(update={"version": content_hash(body)})
    found.bodies[rule.id] = body


def told(faults: Sequence[Fault]) -> Iterator[str]:
    """Yield the faults as people read them, those of a rule in one line."""
    for rule, group in groupby(faults, key=lambda fault: fault.rule):
        if rule:
            yield f"rule {rule}: {'; '.join(fault.words for fault in group)}"
        else:
            yield from (fault.words for fault in group)


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """Return for how many values a node stands, those that it names again counted again."""
    if id(node) not in known:
        known[id(node)] = 1  # a node within itself ends here
        if isinstance(node, yaml.MappingNode):
            within = [one for pair in node.value for one in pair]
        else:
            within = node.value if isinstance(node, yaml.SequenceNode) else []
        known[id(node)] = 1 + sum(_size(one, known) for one in within)
    return known[id(node)]
