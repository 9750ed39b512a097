"""The page of measured detection says what was measured, and nothing else."""

import json
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest

from deploy.bench.scores.page import SETS, _plain, page, written
from deploy.bench.scores.result import Result

FIGURES, PAGE = Path("detectors/measured.json"), Path("detectors/MEASURED.md")


def of(*results):
    return {"nab": {"title": "T", "notes": "N", "results": [_plain(r) for r in results]}}


def test_ours_comes_first_then_the_published_then_the_rest():
    said = page(
        of(Result("river.X", "whole"), Result("published: Y", "whole"), Result("lifeline", "whole"))
    )
    assert said.index("**lifeline**") < said.index("published: Y") < said.index("river.X")


def test_what_nobody_measured_is_no_column_and_no_figure():
    said = page(
        of(
            Result("lifeline", "whole", 7, 6, 0.25, timedelta(hours=36), {"S": 0.931234}),
            Result("published: Y", "whole", own={"S": 0.97}),
        )
    )
    assert "| **lifeline** | whole | 6 of 7 | 0.25 | 1.5 d | 0.9312 |" in said
    assert "| published: Y | whole |  |  |  | 0.97 |" in said
    assert "| method | part | S |" in page(of(Result("lifeline", "whole", own={"S": 1.0})))


def test_figures_can_be_kept_and_read_again():
    figures = of(Result("lifeline", "whole", own={"S": 1.0}))
    assert page(json.loads(written(figures))) == page(figures)


@pytest.mark.parametrize("name", SETS)
def test_every_set_says_what_it_is_and_how_it_is_counted(name):
    module = import_module(f"deploy.bench.scores.{name}")
    assert module.SET
    assert "untouched" in module.NOTES
    assert callable(module.measure)


@pytest.mark.skipif(not FIGURES.exists(), reason="nothing measured: lifeline bench scores")
def test_the_page_in_the_repository_is_the_one_of_its_figures():
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert [*figures] == [name for name in SETS if name in figures]
    assert PAGE.read_text(encoding="utf-8") == page(figures)
    assert figures.keys() == set(SETS)
