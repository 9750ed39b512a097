"""The benchmark of finding sensors, at its smallest."""

import pytest

from deploy.bench import search

pytestmark = pytest.mark.server


def test_what_the_benchmark_asks_finds_something_or_nothing_as_it_should(open_folder):
    rows = search.run(open_folder, 60, 1, lambda text: None)
    found = {(row["of"], row["asked"]): row["on_the_page"] for row in rows}
    assert found["devices", "(all)"] == 60
    assert found["devices", "flood"] == 10
    assert found["channels", "文一路 battery"] == 7
    assert found["channels", "battery, by quantity"] == 60
    assert found["devices", "zz"] == found["channels", "zz"] == 0
