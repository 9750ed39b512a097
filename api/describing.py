"""What the OpenAPI document says of every operation alike: who may, what may be asked beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from api.access.guard import Door
from api.access.table import ROUTES, Open
from api.idempotency import CHANGES, HEADER, LEFT_ALONE, LONGEST
from api.naming import name_operations, name_schemas
from api.selection import DESCRIBED, names_of

SECURITY = {
    "key": {"type": "http", "scheme": "bearer", "description": "Of a system or gateway"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "lifeline",
        "description": "Of a person; `__Host-lifeline` over https. Changes need X-CSRF-Token too",
    },
}
ONCE = {
    "name": HEADER.title(),
    "in": "header",
    "required": False,
    "description": "Sent again within a day with the same body, the request is not done again: it "
    "has the answer that it had. With another body it is refused (422), while it is done too (409)",
    "schema": {"type": "string", "title": "Idempotency-Key", "maxLength": LONGEST},
}
HAS = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETag of the answer that the client has: 304 while it still holds",
    "schema": {"type": "string", "title": "If-None-Match"},
}
DURATION = r"^-?P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$"
UNCHANGED = {"description": "The answer that the client has still holds"}


def complete(document: dict[str, Any], doors: Iterable[Door]) -> None:
    """Add to each operation who may, and what holds for all of its kind."""
    document["components"]["securitySchemes"] = SECURITY
    _write_durations(document)
    endpoints = {(door.method, door.route): door.endpoint for door in doors}
    name_schemas(document)
    name_operations(document, endpoints)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = method.upper()
            asks = ROUTES[f"{name} {path}"]
            operation["x-permission"] = str(asks)
            if asks is not Open.PUBLIC:
                operation["security"] = [{each: []} for each in SECURITY]
            _show(operation, examples().get(f"{name} {path}", {}))
            if not path.startswith("/api/v1/"):
                continue
            parameters = operation.setdefault("parameters", [])
            if name in CHANGES and asks not in LEFT_ALONE:
                parameters.append(ONCE)
            if name == "GET" and not path.endswith("/stream"):
                parameters.append(HAS)
                operation["responses"].setdefault("304", UNCHANGED)
                if names_of(endpoints[name, path]):
                    parameters.append(DESCRIBED)


def _write_durations(schema: Any) -> None:
    """Say what durations are: JSON Schema's own have neither a sign nor parts of a second."""
    if isinstance(schema, dict):
        if schema.get("format") == "duration":
            del schema["format"]
            schema["pattern"] = DURATION
        for each in schema.values():
            _write_durations(each)
    elif isinstance(schema, list):
        for each in schema:
            _write_durations(each)


@cache
def examples() -> dict[str, Any]:
    """Return, by operation, what was once asked and answered; tests hold the document to it."""
    text = files("api").joinpath("examples.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _show(operation: dict[str, Any], example: dict[str, Any]) -> None:
    asked = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if asked is not None and "request" in example:
        asked["example"] = example["request"]
    response = operation["responses"].get(str(example.get("status")), {})
    answered = response.get("content", {}).get("application/json")
    if answered is not None and "answer" in example:
        answered["example"] = example["answer"]
