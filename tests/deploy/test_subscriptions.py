"""`lifeline subscriptions` and `lifeline exchange`: as an operator types them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cases.signature import key_of
from deploy.cli import lifeline

pytestmark = pytest.mark.server
PEERS = """
peers:
  - {name: district.example, secret: whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=}
"""


@pytest.fixture
def typed(database_url: str, tmp_path: Path):
    file = tmp_path / "lifeline.yml"
    file.write_text(PEERS, encoding="utf-8")

    def run(*words: str) -> Result:
        given = ["--settings", str(file), "--database", database_url]
        return CliRunner().invoke(lifeline, [*given, *words])

    return run


def test_a_subscription_is_made_listed_paused_and_ended(typed) -> None:
    target = "https://receiver.example/events"
    made = typed("subscriptions", "add", "water", target, "--area", "330106")
    assert made.exit_code == 0, made.output
    assert len(key_of(made.output.split()[-1])) == 32
    assert "already" in typed("subscriptions", "add", "water", target).output
    for word, state in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        assert typed("subscriptions", word, "water").output == f"water is {state}\n"
        assert state in typed("subscriptions", "list").output
    assert "it has ended" in typed("subscriptions", "resume", "water").output
    assert typed("subscriptions", "redeliver", "water").output == "0 events are sent again\n"
    assert typed("subscriptions", "deliveries", "water").exit_code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("water", "ftp://receiver.example"), "no address"),
        (("water", "https://a:b@receiver.example"), "password"),
        (("water", "https://receiver.example", "--type", "other"), "no events are of type other"),
        (("water", "https://receiver.example", "--secret", "short"), "a secret"),
    ],
)
def test_what_cannot_be_subscribed_is_told(typed, words: tuple[str, ...], says: str) -> None:
    answer = typed("subscriptions", "add", *words)
    assert answer.exit_code != 0
    assert says in str(answer.exception or "") + answer.output


def test_the_peers_of_the_settings_are_listed(typed) -> None:
    assert "district.example" in typed("exchange", "list").output
    assert typed("exchange", "conflicts", "district.example").exit_code == 0
    words = ("exchange", "dismiss", "district.example", "1", "--actor", "a", "--why", "b")
    assert "is no conflict" in typed(*words).output
