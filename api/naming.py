"""Names in the OpenAPI document that a generated client can live with: short, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

SCHEMAS = "#/components/schemas/"


def name_operations(document: dict[str, Any], endpoints: Mapping[tuple[str, str], Any]) -> None:
    """Call each operation as the function that does it; of one name, with what it is of."""
    operations = [
        (endpoints[method.upper(), path].__name__, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    count = Counter(name for name, _ in operations)
    for name, operation in operations:
        tag = operation["tags"][-1].replace(" ", "_")
        operation["operationId"] = name if count[name] == 1 else f"{name}_{tag}"
    count = Counter(operation["operationId"] for _, operation in operations)
    number: Counter[str] = Counter()
    for _, operation in operations:
        name = operation["operationId"]
        if count[name] > 1:  # the same function at two addresses
            number[name] += 1
            operation["operationId"] = f"{name}_{number[name]}"


def name_schemas(document: dict[str, Any]) -> None:
    """Give schemas the names of their types, with the module where two have one name."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    names = {key: _name(key, schemas) for key in schemas}
    assert len(set(names.values())) == len(names), Counter(names.values()).most_common(3)
    _refer(document, {SCHEMAS + key: SCHEMAS + name for key, name in names.items()})
    document["components"]["schemas"] = {
        names[key]: schema | {"title": names[key]} for key, schema in schemas.items()
    }


def _name(key: str, schemas: Mapping[str, Any]) -> str:
    items = schemas[key].get("properties", {}).get("items", {}).get("items", {})
    if "Page_" in key and "$ref" in items:
        return _name(items["$ref"].removeprefix(SCHEMAS), schemas) + "Page"
    *modules, name = key.split("__")
    if not modules:
        # A type that is called as a field of its own cannot be written down in Python.
        return f"One{key}" if key.lower() in schemas[key].get("properties", {}) else key
    return "".join(part.capitalize() for part in modules[-1].split("_")) + name


def _refer(part: Any, names: Mapping[str, str]) -> None:
    if isinstance(part, dict):
        if part.get("$ref") in names:
            part["$ref"] = names[part["$ref"]]
        for each in part.values():
            _refer(each, names)
    elif isinstance(part, list):
        for each in part:
            _refer(each, names)
