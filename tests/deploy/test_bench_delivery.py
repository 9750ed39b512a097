"""The benchmark of what telling others costs, at its smallest."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.bench.delivery import LINES, run


@pytest.mark.server
def test_all_that_was_told_is_delivered(open_folder: Path) -> None:
    [row] = run(open_folder / "postgres", 20)
    assert row["events"] == 20 * LINES
    assert row["events_per_second_delivered"] > 0
    assert row["event_of_a_step_ms_median"] > 0
