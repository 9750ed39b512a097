"""`lifeline devices`: what an operator reads of a device."""

import json
import time

import pytest
from click.testing import CliRunner
from intakes import NOON, SECOND, add_channels, intake, readings

from deploy.cli import lifeline
from store.database import Connection
from store.readings import Writer

pytestmark = pytest.mark.server


def test_adopting_what_was_never_heard_is_told(database: Connection, database_url: str) -> None:
    adopt = ["--database", database_url, "devices", "adopt", "ghost", "--field", "x=depth:cm"]
    said = CliRunner().invoke(lifeline, adopt)
    assert said.exit_code == 0, said.output
    assert said.output == (
        "ghost is adopted with 1 channel\n"
        "no reading of 'x' was waiting: mind the spelling of device and field\n"
    )


def test_the_ledger_of_one_device_tells_what_its_channels_left_out(
    database: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_channels(database, 1, interval="PT5S")
    Writer(database).store(intake(readings((1, 0, 1.0), (1, 5, 1.0), (1, 30, 1.0), received=30)))
    minute_later = int((NOON + 60 * SECOND).astype("int64"))
    clock = {"event_start": minute_later, "wall_start": time.time_ns() // 1000}
    monkeypatch.setenv("LIFELINE_CLOCK", json.dumps(clock))
    said = CliRunner().invoke(lifeline, ["--database", database_url, "devices", "ledger", "d1"])
    assert said.exit_code == 0, said.output
    assert "d1/value: 4 missing" in said.output
