"""The JSON Schema that editors use agrees with what the loader accepts."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from bad_packs import GOOD, MISTAKES

from rules.json_schema import json_schema

PACKS = sorted(p for p in Path("rules/packs").rglob("*.yml") if not p.stem.endswith(".test"))


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_schema_beside_the_packs_is_the_one_of_the_code():
    written = json.loads(Path("rules/packs/schema.json").read_text(encoding="utf-8"))
    assert written == json_schema(), "run: lifeline rules schema > rules/packs/schema.json"


@pytest.mark.parametrize("file", PACKS, ids=str)
def test_a_pack_of_the_product_is_valid_and_tells_editors_of_the_schema(validator, file):
    text = file.read_text(encoding="utf-8")
    assert list(validator.iter_errors(yaml.safe_load(text))) == []
    assert "# yaml-language-server: $schema=../schema.json" in text.splitlines()


@pytest.mark.parametrize("mistake", [m for m in MISTAKES if m.editor], ids=lambda m: m.claim)
def test_an_editor_underlines_it_too(validator, mistake):
    assert list(validator.iter_errors(yaml.safe_load(mistake.text()))), mistake.claim


def test_the_pack_without_mistakes_is_valid(validator):
    assert list(validator.iter_errors(yaml.safe_load(GOOD))) == []
