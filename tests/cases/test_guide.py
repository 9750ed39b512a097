from __future__ import annotations

from pathlib import Path

from cases.city import load_city
from cases.guide import guide
from cases.transitions import NEXT

PAGE = Path(__file__).parents[2] / "cases" / "WORKFLOW.md"


def test_the_page_on_the_workflow_is_what_the_code_decides() -> None:
    assert PAGE.read_text(encoding="utf-8") == guide(load_city().policy)


def test_every_transition_stands_on_the_page() -> None:
    text = guide(load_city().policy)
    assert all(f"`{state}`" in text and f"`{verb}`" in text for state, verb in NEXT)
