from __future__ import annotations

from pathlib import Path

from cases.evaluation_guide import evaluation_guide
from cases.indicators import INDICATORS
from cases.policy import load_policy

PAGE = Path(__file__).parents[2] / "cases" / "EVALUATION.md"


def test_the_page_on_evaluation_is_what_the_code_counts() -> None:
    assert PAGE.read_text(encoding="utf-8") == evaluation_guide(load_policy().evaluation)


def test_every_indicator_stands_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"`{name}`" in text and one.zh in text for name, one in INDICATORS.items())
