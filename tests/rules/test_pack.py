"""Rule packs: what is wrong is said with file, rule, field and the mend."""

import pytest
import yaml
from small_city import RULES

from detectors.limit import Difference, Limit, MissingAttribute, RateLimit
from ingest.channel import Channel
from rules.pack import BadPack, load, read_pack

GOOD = """
pack: p
rules:
  - id: r
    title: {en: a, zh: 甲}
    status: active
    why: w
    source: s
    signals:
      deep:
        select: {quantity: depth}
        detect: [{with: level, high: 15 cm}]
        policy: {on_delay: PT2M}
    per: component
    severity: [{at: 1.0, level: yellow}]
    event: {code_list: L, code: "0506", condition: c}
    case: {one_per: component}
"""


def test_limits_are_read_in_their_units():
    rule = read_pack(GOOD).rules["r"]
    assert rule.signals["deep"].detect[0].params.high.offset == pytest.approx(0.15)


@pytest.mark.parametrize(
    ("claim", "before", "after", "says"),
    [
        ("a misspelt field", "on_delay", "on_dealy", "signals.deep.policy.on_dealy: no such field"),
        ("an unknown detector", "with: level", "with: levle", "unknown detector 'levle'"),
        ("an unknown parameter", "high:", "hihg:", "level.hihg: no such field"),
        ("an unknown quantity", "quantity: depth", "quantity: deepness", "unknown quantity"),
        ("a unit of something else", "15 cm", "15 kPa", "detect, entry 1: level.high"),
        ("a limit without unit", "15 cm", "0.15", "lacks its unit"),
        ("a missing field", "    source: s\n", "", "source: is missing"),
        ("a code that YAML reads as octal", '"0506"', "0506", "YAML read 326; put it in quotes"),
        ("a time that YAML reads as a number", "PT2M", "0:02", "no ISO 8601 duration"),
        (
            "a key that YAML reads as a boolean",
            "why: w",
            "on: w",
            "YAML reads the key 'on' as True",
        ),
        ("a key written twice", "why: w", "why: w\n    why: v", "'why' is written twice"),
        ("a status of none", "status: active", "status: trial", "'draft', 'shadow', 'active'"),
        ("a level that is not reached", "at: 1.0", "at: 1.5", "severity must rise from"),
        ("no YAML", "pack: p", "pack: [", "not YAML"),
        (
            "nothing to detect",
            "detect: [{with: level, high: 15 cm}]",
            "flags: []",
            "exactly one of",
        ),
        (
            "an unknown need",
            "per: component",
            "per: component\n    needs: {dep: 2}",
            "the signal 'dep'",
        ),
        (
            "a needed instant",
            "per: component",
            "per: component\n    needs: {deep: 2}\n    within: PT0S",
            "leave it out",
        ),
    ],
)
def test_a_bad_pack_is_refused_with_the_mend(claim, before, after, says):
    assert before in GOOD
    with pytest.raises(BadPack, match=r"road\.yml") as refused:
        read_pack(GOOD.replace(before, after, 1), "road.yml")
    assert says in str(refused.value), claim


def test_all_faults_of_a_pack_are_told_at_once():
    text = RULES.replace("level: blue", "level: pink").replace("per: zone", "pre: zone")
    with pytest.raises(BadPack) as refused:
        read_pack(text)
    assert str(refused.value).count("\n") >= 3


def test_the_version_follows_the_content_not_the_layout():
    versions = {
        text: read_pack(text).rules["r"].version
        for text in (
            GOOD,
            yaml.safe_dump(yaml.safe_load(GOOD), sort_keys=True),
            GOOD.replace("15 cm", "16 cm"),
        )
    }
    first, again, other = versions.values()
    assert first == again != other


def test_explanations_in_a_circle_are_refused(tmp_path):
    a = GOOD.replace("    per:", "    explained_by: [{rule: r2, same: zone}]\n    per:")
    b = a.replace("id: r\n", "id: r2\n").replace("rule: r2", "rule: r")
    (tmp_path / "a.yml").write_text(a)
    (tmp_path / "b.yml").write_text(b)
    with pytest.raises(BadPack, match="leads back"):
        load(tmp_path)


def test_one_id_in_two_files_is_refused(tmp_path):
    (tmp_path / "a.yml").write_text(GOOD)
    (tmp_path / "b.yml").write_text(GOOD)
    with pytest.raises(BadPack, match=r"is also in .*a\.yml; rename one"):
        load(tmp_path)


def test_the_packs_of_the_product_can_be_read():
    ruleset = load("rules/packs")
    assert {rule.id.partition(".")[0] for rule in ruleset} >= {
        "water",
        "gas",
        "power",
        "flood",
        "noise",
        "cover",
        "health",
    }


def place(**attributes):
    return Channel(1, "c", "d", "f", "level", "m", attributes=attributes)


@pytest.mark.parametrize(
    ("kind", "written", "quantity", "value"),
    [
        (Limit, "15 cm", "depth", 0.15),
        (Limit, "-0.03 MPa", "pressure", -30_000.0),
        (Limit, "1 %VOL", "methane", 0.01),
        (Limit, "85 °C", "temperature", 358.15),
        (Difference, "15 °C", "temperature", 15.0),
        (RateLimit, "10 cm / 10 min", "depth", 0.1 / 600),
        (Limit, {"attribute": "cover_level", "minus": "50 cm"}, "level", 2.5),
        (Limit, {"attribute": "cover_level", "times": 0.5, "plus": "1 m"}, "level", 2.5),
        (Limit, 0.5, "battery", 0.5),
    ],
)
def test_a_limit_is_what_people_write(kind, written, quantity, value):
    limit = kind.model_validate(written, context={"quantity": quantity})
    assert limit.resolve(place(cover_level=3.0)) == pytest.approx(value)


def test_a_place_without_the_number_a_limit_needs_is_told_so():
    with pytest.raises(MissingAttribute, match="cover_level"):
        Limit.model_validate({"attribute": "cover_level"}).resolve(place())
