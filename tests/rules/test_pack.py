"""Rule packs: what is wrong is said with file, rule, field and the mend."""

import re

import pytest
import yaml
from bad_packs import GOOD, MISTAKES
from small_city import RULES

from detectors.limit import Difference, Limit, MissingAttribute, RateLimit
from ingest.channel import Channel
from rules.grouping import Grouping
from rules.pack import BadPack, load, read_pack
from rules.policy import Policy
from rules.schema import (
    Bilingual,
    CaseKey,
    EventCode,
    Explanation,
    Need,
    Pack,
    Rule,
    Selector,
    SeverityLevel,
    Signal,
    Silence,
)


def test_limits_are_read_in_their_units():
    rule = read_pack(GOOD).rules["flood.road.deep"]
    assert rule.signals["deep"].detect[0].params.high.offset == pytest.approx(0.15)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.claim)
def test_a_mistake_is_refused_with_file_rule_field_and_mend(mistake):
    with pytest.raises(BadPack) as refused:
        read_pack(mistake.text(), "road.yml")
    of_a_rule = mistake.says.startswith(("rule ", "field ", "line ", "a pack "))
    says = f"road.yml: {'' if of_a_rule else 'rule flood.road.deep: '}{mistake.says}"
    if (says.endswith(", ...") and "1, 2" not in says) or says.endswith("are ..."):
        assert str(refused.value).startswith(says.removesuffix("..."))
    else:
        assert str(refused.value) == says


def test_every_field_that_can_be_written_has_its_mistake():
    written = {word for mistake in MISTAKES for word in re.findall(r"[a-z_]+", mistake.says)}
    models = [Pack, Rule, Bilingual, Signal, Selector, Grouping, Policy, Silence, Need, Explanation]
    for model in (*models, SeverityLevel, EventCode, CaseKey):
        for name, field in model.model_fields.items():
            assert (field.alias or name) in written or field.exclude, f"{model.__name__}.{name}"


def test_all_faults_of_a_pack_are_told_at_once():
    text = RULES.replace("level: blue", "level: pink").replace("per: zone", "pre: zone")
    with pytest.raises(BadPack) as refused:
        read_pack(text)
    assert str(refused.value).count("\n") >= 3


def test_the_version_follows_the_content_not_the_layout():
    versions = {
        text: read_pack(text).rules["flood.road.deep"].version
        for text in (
            GOOD,
            yaml.safe_dump(yaml.safe_load(GOOD), sort_keys=True),
            GOOD.replace("15 cm", "16 cm"),
        )
    }
    first, again, other = versions.values()
    assert first == again != other


def test_a_rule_in_plain_text_is_the_version_it_was_before_rules_spoke_two_languages():
    """A version is of what is written: stored ones keep their name, and are read."""
    plain = GOOD.replace(", {en: Close the road., zh: 封闭道路。}", "")
    rule = read_pack(plain).rules["flood.road.deep"]
    assert rule.version == "9e4a04d22dddc206"
    assert (rule.why, rule.source, rule.steps) == (
        "Cars stall.",
        "domain practice",
        ("Look at it.",),
    )
    empty = plain.replace("[Look at it.]", "['']")  # which was allowed, and may be stored
    assert read_pack(empty).rules["flood.road.deep"].steps == ("",)


def test_explanations_in_a_circle_are_refused(tmp_path):
    a = GOOD.replace("rule: weather.rain", "rule: r2")
    b = a.replace("id: flood.road.deep", "id: r2").replace("rule: r2", "rule: flood.road.deep")
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
