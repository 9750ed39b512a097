"""The schema of rule packs as JSON Schema, by which editors complete and check them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from detectors.registry import REGISTRY, TOGETHER
from ingest.quality import Quality
from ingest.quantities import QUANTITIES
from rules.schema import Pack

REFERENCE = "#/$defs/{model}"
ONE_OR_MORE = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
#: A number with its unit, one of a quantity without unit, or a number of the place.
LIMIT = {
    "anyOf": [
        {"type": "string", "pattern": r"^\s*[-+]?[0-9.].*", "examples": ["15 cm", "-0.03 MPa"]},
        {"type": "number"},
        {
            "type": "object",
            "properties": {
                "attribute": {"type": "string", "description": "A number of the place."},
                "times": {"type": "number"},
                "plus": {"type": ["string", "number"]},
                "minus": {"type": ["string", "number"]},
            },
            "required": ["attribute"],
            "additionalProperties": False,
        },
    ]
}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a rule pack file."""
    schema = Pack.model_json_schema(ref_template=REFERENCE)
    known = schema["$defs"]
    detectors = REGISTRY | TOGETHER
    known["Detection"] = {
        "description": "A detector and its parameters: {with: level, high: 15 cm}.",
        "oneOf": [_detector(name, detectors[name], known) for name in sorted(detectors)],
    }
    for name in ("Limit", "Difference", "RateLimit"):
        if name in known:
            known[name] = {**LIMIT, "description": known[name].get("description", "")}
    known["Need"] = {"anyOf": [{"type": "integer", "minimum": 1}, known["Need"]]}
    select = known["Selector"]["properties"]
    for field in ("quantity", "kind", "class", "zone", "ids", "attributes"):
        select[field] = {**ONE_OR_MORE, **_told(select[field])}
    select["quantity"] = {**_one_or_more_of(QUANTITIES), **_told(select["quantity"])}
    select["tags"]["additionalProperties"] = ONE_OR_MORE
    case = known["CaseKey"]["properties"]
    case["near"] = {"type": "string", "default": "50 m", **_told(case["near"])}
    case["along"] = {**ONE_OR_MORE, **_told(case["along"])}
    flags = known["Signal"]["properties"]["flags"]
    known["Signal"]["properties"]["flags"] = {
        **_one_or_more_of(Quality.__members__),
        **_told(flags),
    }
    del known["Rule"]["properties"]["version"]  # filled in by the loader
    known.pop("Params", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Lifeline rule pack",
    }


def _detector(name: str, kind: type[Any], known: dict[str, Any]) -> dict[str, Any]:
    parameters: type[BaseModel] = kind.Parameters
    written = parameters.model_json_schema(ref_template=REFERENCE)
    for other, described in written.pop("$defs", {}).items():
        known.setdefault(other, described)
    return {
        "title": name,
        "description": (kind.__doc__ or "").partition("\n")[0],
        "type": "object",
        "properties": {"with": {"const": name}, **written.get("properties", {})},
        "required": ["with", *written.get("required", [])],
        "additionalProperties": False,
    }


def _one_or_more_of(names: Any) -> dict[str, Any]:
    one = {"enum": [*names]}
    return {"anyOf": [one, {"type": "array", "items": one}]}


def _told(field: dict[str, Any]) -> dict[str, Any]:
    return {"description": field["description"]} if "description" in field else {}
