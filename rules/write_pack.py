"""Rules as the store keeps them, written as a pack again: what an editor begins with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import yaml
from pydantic import BaseModel

from detectors.registry import REGISTRY, TOGETHER
from rules.mend import model_in
from rules.schema import Rule

WIDTH = 96  #: columns of a line


def write_pack(pack: str, bodies: Iterable[Mapping[str, Any]]) -> str:
    """Return the text of a pack of these rules, fields in the order of the schema.

    It reads as the very same versions. What a file said in comments is not among a rule's body.
    """
    rules = [_in_order(body, Rule) for body in bodies]
    return yaml.dump(
        {"pack": pack, "rules": rules},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=WIDTH,
    )


def _in_order(written: Any, model: type[BaseModel] | None) -> Any:
    if isinstance(written, list):
        return [_in_order(each, model) for each in written]
    if not isinstance(written, Mapping):
        return written
    fields: dict[str, Any] = {}
    if isinstance(name := written.get("with"), str):
        kind = (REGISTRY | TOGETHER).get(name)
        fields = {"with": None} | dict.fromkeys(kind.Parameters.model_fields if kind else ())
    elif model is not None:
        known = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
        if not written.keys() <= known.keys():  # names of people's own, of signals or tags
            return {name: _in_order(value, model) for name, value in sorted(written.items())}
        fields = {name: model_in(annotation) for name, annotation in known.items()}
    names = [*(name for name in fields if name in written), *sorted(written.keys() - fields.keys())]
    return {name: _in_order(written[name], fields.get(name)) for name in names}


class _Dumper(yaml.SafeDumper):
    """What is short on one line, long texts folded, lists set in."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def represent(self, data: Any) -> None:
        node = self.represent_data(data)
        _lay_out(node, 0)
        self.serialize(node)
        self.represented_objects = {}

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _lay_out(node: yaml.Node, depth: int) -> int:
    """Set the style of a node; return its length on one line, or more than a line has."""
    if isinstance(node, yaml.MappingNode):
        within = [each for pair in node.value for each in pair]
    elif isinstance(node, yaml.SequenceNode):
        within = node.value
    else:
        return _scalar(cast(yaml.ScalarNode, node))
    length: int = 2 + sum([_lay_out(each, depth + 1) for each in within])
    node.flow_style = depth > 2 and length + 2 * depth <= WIDTH
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "signals":  # what is tuned most stands apart
                value.flow_style = False
                for _, signal in value.value:
                    signal.flow_style = False
    return length


def _scalar(node: yaml.ScalarNode) -> int:
    text = str(node.value)
    if "\n" in text or len(text) > WIDTH - 20:
        node.style = ">"
        return 2 * WIDTH
    return len(text) + sum(sign > "\u2e80" for sign in text) + 2  # Chinese takes two columns
