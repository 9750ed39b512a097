"""What is wrong in the text of a pack, with line and column: what an editor underlines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import yaml

from rules.examine import Fault, Unwritten, Way, examine, read_yaml

#: What a rule says of several of its fields begins with the name of one.
OF_A_FIELD = re.compile(r"(?:[\w.]+: )?([a-z_]+)")
#: Detectors are read by themselves, so what is wrong in one tells its way in words.
IN_A_DETECTOR = re.compile(r"detect, entry (\d+): (?:(\w+)\.([\w.]+): )?")


class Finding(NamedTuple):
    """A fault with its place; lines and columns from 1, the end is the column after it."""

    line: int
    column: int
    end_line: int
    end_column: int
    rule: str
    field: str  #: as in the pack, such as signals.deep.detect.0.high; "" for the whole
    words: str


def proofread(text: str) -> list[Finding]:
    """Return all that is wrong in a pack by itself, from top to bottom."""
    return sorted(place(text, worth_telling(examine(text).faults)))


def worth_telling(faults: Sequence[Fault]) -> list[Fault]:
    """Return the faults without those lists said to be empty whose entries cannot be read."""
    return [
        fault
        for fault in faults
        if "is empty" not in fault.words
        or not any(o.at[: len(fault.at)] == fault.at and o.at != fault.at for o in faults)
    ]


def place(text: str, faults: Sequence[Fault]) -> Iterator[Finding]:
    """Yield each fault with the place in `text` that it is about."""
    if not faults:
        return
    try:
        top, _ = read_yaml(text)
    except Unwritten:
        top = None
    lines = text.split("\n")
    for fault in faults:
        way = fault.at if top is None else _farther(fault, top)
        if fault.mark is not None or top is None:
            line, column = fault.mark or (1, 1)
            yield _finding(lines, (line, column), (line, column + 1), fault, way)
        else:
            start, end = _find(top, way)
            begin = (start.line + 1, start.column + 1)
            yield _finding(lines, begin, (end.line + 1, end.column + 1), fault, way)


def _farther(fault: Fault, top: yaml.Node) -> Way:
    """Return the way to a fault, on to where its words say that it is."""
    if inside := IN_A_DETECTOR.search(fault.words):
        entry, _, field = inside.groups()
        named = field.split(".") if field else ["with"]
        return (*fault.at, "detect", int(entry) - 1, *named)
    spoken = OF_A_FIELD.match(fault.words)
    here = _walk(top, fault.at)[-1][1]
    known = [key.value for key, _ in here.value] if isinstance(here, yaml.MappingNode) else []
    of_a_rule = fault.at[:1] == ("rules",)
    return (*fault.at, spoken[1]) if of_a_rule and spoken and spoken[1] in known else fault.at


def _walk(top: yaml.Node, way: Way) -> list[tuple[yaml.Node | None, yaml.Node]]:
    """Return the (key, value) of each part of a way that is written."""
    steps: list[tuple[yaml.Node | None, yaml.Node]] = [(None, top)]
    for part in way:
        node = steps[-1][1]
        if isinstance(node, yaml.MappingNode):
            steps += [(k, v) for k, v in node.value if k.value == str(part)][:1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            steps += [(None, one) for one in node.value[part : part + 1]]
    return steps


def _find(top: yaml.Node, way: Way) -> tuple[yaml.Mark, yaml.Mark]:
    """Return where the value at the end of a way stands, or its key, or what lacks it."""
    key, node = _walk(top, way)[-1]
    if key is not None and (isinstance(node, yaml.CollectionNode) or node.value == ""):
        node = key
    elif key is None and isinstance(node, yaml.MappingNode) and node.value:
        return node.start_mark, node.value[0][1].end_mark
    return node.start_mark, node.end_mark


def _finding(
    lines: list[str], begin: tuple[int, int], end: tuple[int, int], fault: Fault, way: Way
) -> Finding:
    """Return a finding of one line at most, and of one sign at least."""
    line = min(begin[0], len(lines))
    long = len(lines[line - 1])
    column = min(begin[1], long + 1)
    until = end[1] if end[0] == line else long + 1
    field = ".".join(str(part) for part in (way[2:] if way[:1] == ("rules",) else way))
    return Finding(line, column, line, max(until, column + 1), fault.rule, field, fault.words)
