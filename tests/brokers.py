"""The brokers that a test is run on: the fallback always, mosquitto where it is installed."""

import shutil

import pytest

PATIENCE = 20.0  # [s]
MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/bin")
needs_mosquitto = [
    pytest.mark.broker,
    pytest.mark.skipif(MOSQUITTO is None, reason="no program mosquitto"),
]
programs = pytest.mark.parametrize(
    "program", ["amqtt", pytest.param("mosquitto", marks=needs_mosquitto)]
)
