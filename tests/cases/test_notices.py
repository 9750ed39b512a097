"""What others are told: CloudEvents that independent readers take, and nothing of any person."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_binary_event, from_structured_event

from cases.notices import HAPPENED, TOLD, TYPES, CaseNotice, Notice, binary, structured
from cases.signature import secret_of, sign
from cases.words import Verb

AT = datetime(2026, 3, 6, 1, 2, 3, 456000, tzinfo=UTC)
DATA: dict[str, Any] = {
    "number": "20260306-000007", "version": 4, "verb": "dispatch", "role": "dispatcher",
    "before": "filed", "state": "dispatched", "details": {"department": "91000000000000027B"},
    "reported_by": "hotline", "exercise": False, "code_list": "GB/T 30428.2-2013", "code": "0506",
    "condition": "standing-water", "title": {"zh": "道路积水", "en": "Standing water"},
    "severity": "yellow", "department": "91000000000000027B", "component": None,
    "grid_cell": "330106001001001", "lon": 120.1, "lat": 30.2, "level": 1, "handed_to": "",
    "outcome": None, "opened": "2026-03-06T01:00:00+00:00", "due": None,
}  # fmt: skip


def notice(exercise: bool = False, verb: Verb = Verb.DISPATCH) -> Notice:
    source = "urn:lifeline:instance:city.example"
    return Notice(source, DATA["number"], 4, TYPES[verb], AT, exercise, DATA)


def test_every_verb_has_a_type_of_its_own() -> None:
    assert set(TYPES) == set(Verb)
    assert len(set(TYPES.values())) == len(Verb)
    assert TYPES[Verb.DISPATCH] == "org.lifeline.case.dispatched.v1"
    assert all(word.replace("_", "").isalpha() and word.islower() for word in HAPPENED.values())


#: What CloudEvents 1.0.2 asks of an event in JSON: §3 of the specification, §2 of its JSON format.
#: Stricter than the schema that comes with it: names and types of extensions are held to as well.
WORD = {"type": "string", "minLength": 1}
RULES: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": WORD,
        "source": WORD | {"pattern": "^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$"},
        "type": WORD,
        "datacontenttype": {"const": "application/json"},
        "dataschema": WORD | {"pattern": "^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$"},
        "subject": WORD,
        "time": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"},
        "data": {"type": "object"},
    },
    "patternProperties": {"^[a-z0-9]{1,20}$": {}},
    "additionalProperties": False,
}


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("exercise", [False, True])
def test_an_event_keeps_the_rules_of_the_specification(verb: Verb, exercise: bool) -> None:
    _, body = structured(notice(exercise, verb))
    event = json.loads(orjson.dumps(body))
    jsonschema.validate(event, RULES)
    assert isinstance(event["sequence"], str)
    assert event.get("exercise") is (True if exercise else None)


def test_an_event_is_valid_by_the_json_schema_of_the_specification(shared_data: Path) -> None:
    file = shared_data / "cloudevents" / "cloudevents.json"
    if not file.is_file():
        pytest.skip(f"no schema of the specification at {file}")
    schema = json.loads(file.read_text(encoding="utf-8"))
    for verb in Verb:
        _, body = structured(notice(True, verb))
        checker = jsonschema.Draft7Validator.FORMAT_CHECKER
        jsonschema.Draft7Validator(schema, format_checker=checker).validate(body)


@pytest.mark.parametrize("exercise", [False, True])
def test_an_independent_reader_reads_the_same_from_both_modes(exercise: bool) -> None:
    headers, body = structured(notice(exercise))
    whole = from_structured_event(HTTPMessage(headers, orjson.dumps(body)))
    headers, data = binary(notice(exercise))
    parts = from_binary_event(HTTPMessage(headers, orjson.dumps(data)))
    for read in (whole, parts):
        assert read.get_id() == "20260306-000007-4"
        assert read.get_source() == "urn:lifeline:instance:city.example"
        assert read.get_type() == "org.lifeline.case.dispatched.v1"
        assert read.get_subject() == "20260306-000007"
        assert read.get_time() == AT
        assert read.get_datacontenttype() == "application/json"
        assert read.get_data() == DATA
        assert read.get_extension("sequence") == "0000000004"
    assert whole.get_extension("exercise") is (True if exercise else None)
    assert parts.get_extension("exercise") == ("true" if exercise else None)


def test_a_retry_says_the_same_to_the_byte() -> None:
    assert orjson.dumps(structured(notice())[1]) == orjson.dumps(structured(notice())[1])


def test_data_has_the_schema_that_it_names() -> None:
    assert CaseNotice.model_validate(DATA).number == DATA["number"]


@pytest.mark.parametrize(
    "personal", ["actor", "reason", "caller", "phone", "photos", "description", "address", "name"]
)
def test_what_may_name_a_person_has_no_place_in_it(personal: str) -> None:
    assert personal not in CaseNotice.model_fields
    assert personal not in TOLD


PAGE = (Path(__file__).parents[2] / "cases" / "notices.md").read_text(encoding="utf-8")


def test_the_page_names_every_type_and_no_other() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `org.lifeline.")]
    assert rows == [f"| `{TYPES[verb]}` | `{verb}` {verb.zh} |" for verb in Verb]


def test_the_event_on_the_page_is_one_of_ours() -> None:
    event = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
    jsonschema.validate(event, RULES)
    assert CaseNotice.model_validate(event["data"])
    assert set(event) == set(structured(notice())[1])


def test_the_receiver_on_the_page_takes_each_event_once() -> None:
    written: dict[str, Any] = {}
    exec(PAGE.partition("```python\n")[2].partition("```")[0], written)
    secret, seen = secret_of(bytes(32)), set[tuple[str, str]]()
    body = orjson.dumps(structured(notice())[1])
    headers = sign(secret, notice().id, datetime.now(UTC), body)
    assert written["accept"](secret, headers, body, seen)["subject"] == DATA["number"]
    assert written["accept"](secret, headers, body, seen) is None
