"""What closes a sensor case: every condition that a rule can open has something to look at."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from cases.city import load_city
from cases.closing import Inspection, load_closings
from cases.closing_conditions import ClosingCondition, Quiet
from cases.data import BadCatalogue
from rules.pack import load
from rules.schema import Rule, Status

PACKS = Path(__file__).parents[2] / "rules" / "packs"
CITY = load_city()
RULES = [
    rule
    for rule in load(PACKS)
    if rule.case != "none" and rule.status in (Status.ACTIVE, Status.SHADOW)
]
#: What a rule hears says nothing of what was measured: another quantity of the place does.
MEASURED_BY = {"last_gasp": "voltage"}


def filings(rule: Rule) -> list[tuple[str, str, str]]:
    """Return the conditions under which findings of `rule` are filed, whatever the component."""
    code, slug = rule.event.code, rule.event.condition
    return [
        (filing.code_list, filing.problem.code, slug)
        for filing in CITY.catalogue
        if filing.condition.slug == slug
        and (
            filing.problem.kind == "component"
            if code == "component"
            else (filing.code_list, filing.problem.code) == (rule.event.code_list, code)
        )
    ]


def quantities_of(closing: ClosingCondition) -> tuple[str, ...]:
    quantity = closing.model_dump()["quantity"]
    return (quantity,) if isinstance(quantity, str) else tuple(quantity)


def quantities(rule: Rule) -> set[str]:
    found = {q for signal in rule.signals.values() for q in signal.select.quantity}
    return found | {MEASURED_BY[q] for q in found if q in MEASURED_BY}


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_what_a_rule_opens_can_be_verified(rule: Rule) -> None:
    named = filings(rule)
    assert named, f"{rule.event} is in no list"
    for filing in named:
        assert filing[2] in CITY.closings.conditions, f"{filing} is not in closing.yml"
        closing = CITY.closings.of(*filing)
        measured = [c for c in closing.verified_by if not isinstance(c, Quiet)]
        looks_at = {quantity for each in measured for quantity in quantities_of(each)}
        assert not measured or looks_at & quantities(rule), f"{filing} looks past {rule.id}"


def test_every_condition_falls_back_on_its_findings() -> None:
    """Where a place has none of the channels that are measured, its findings must be over."""
    for slug, closing in CITY.closings.conditions.items():
        assert isinstance(closing.verified_by[-1], Quiet), slug
    assert isinstance(CITY.closings.otherwise.verified_by[0], Quiet)


def test_people_look_unless_a_class_is_configured_to_trust_the_sensor() -> None:
    trusted = {s for s, c in CITY.closings.conditions.items() if c.inspection == "trusted"}
    assert trusted == {"device-fault", "gateway-fault"}
    assert CITY.closings.otherwise.inspection is Inspection.REQUIRED


def test_every_kind_is_in_the_readme() -> None:
    readme = (PACKS.parents[1] / "README.md").read_text(encoding="utf-8")
    union, _ = get_args(ClosingCondition)
    kinds = {kind.model_fields["kind"].default for kind in get_args(union)}
    assert len(kinds) == 6
    assert [kind for kind in sorted(kinds) if f"| `{kind}` |" not in readme] == []


def test_one_class_may_have_its_own(tmp_path: Path) -> None:
    file = tmp_path / "closing.yml"
    file.write_text(
        "version: '1'\n"
        "otherwise: {verified_by: [{kind: quiet, for: PT2H}]}\n"
        "conditions:\n"
        "  gas-leak: {verified_by: [{kind: quiet, for: PT6H}]}\n"
        "  GB/T 30428.2-2013 0502 gas-leak:\n"
        "    inspection: trusted\n"
        "    verified_by: [{kind: level, quantity: methane, below: 0.4 %VOL, for: PT3H}]\n",
        encoding="utf-8",
    )
    own = load_closings(file)
    assert own.of("GB/T 30428.2-2013", "0502", "gas-leak").inspection is Inspection.TRUSTED
    assert own.of("GB/T 30428.2-2013", "0149", "gas-leak").verified_by[0].kind == "quiet"
    assert own.of("GB/T 30428.2-2013", "0505", "road-collapse") is own.otherwise


def test_a_fault_of_the_file_names_its_place(tmp_path: Path) -> None:
    file = tmp_path / "closing.yml"
    file.write_text(
        "version: '1'\n"
        "otherwise: {verified_by: [{kind: quiet, for: PT2H}]}\n"
        "conditions:\n"
        "  standing-water:\n"
        "    verified_by: [{kind: level, quantity: depth, below: 5, for: PT1H}]\n",
        encoding="utf-8",
    )
    with pytest.raises(
        BadCatalogue, match=r"closing.yml: conditions\.standing-water.*lacks its unit"
    ):
        load_closings(file)
