"""What is wrong with settings is said before anything starts."""

from pathlib import Path

import pytest
import yaml

from deploy.settings import BadSettings, read_settings

NORTH = {"name": "north", "url": "mqtt://north:1883"}


def written(folder: Path, *sources: dict[str, object]) -> Path:
    file = folder / "lifeline.yml"
    file.write_text(yaml.safe_dump({"sources": list(sources)}), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ([NORTH, NORTH | {"url": "mqtt://south:1883"}], "two sources have the name north"),
        ([NORTH, NORTH | {"name": "south"}], "north and south would end each other's session"),
        ([NORTH | {"url": "north:1883"}], "north:1883 is no address of a broker"),
        ([NORTH | {"url": "http://north"}], "http://north is no address of a broker"),
        ([NORTH | {"topics": []}], "sources.0.topics"),
        ([NORTH | {"topics": [{"filter": "a", "format": "csv"}]}], "there is no format 'csv'"),
        ([NORTH | {"topic": "a"}], "sources.0.topic: Extra inputs"),
    ],
)
def test_sources_that_cannot_work_are_refused(
    tmp_path: Path, sources: list[dict[str, object]], said: str
) -> None:
    with pytest.raises(BadSettings, match=said):
        read_settings(written(tmp_path, *sources))


def test_two_trees_of_one_broker_are_two_sources_with_a_session_each(tmp_path: Path) -> None:
    settings = read_settings(
        written(tmp_path, NORTH, NORTH | {"name": "south", "client_id": "lifeline-2"})
    )
    assert [source.name for source in settings.sources] == ["north", "south"]


def test_an_api_key_is_not_written_into_the_settings_but_its_sum(tmp_path: Path) -> None:
    file = tmp_path / "lifeline.yml"
    file.write_text("open311_keys: {citizens-app: xyz}", encoding="utf-8")
    with pytest.raises(BadSettings, match=r"open311_keys\.citizens-app: String should match"):
        read_settings(file)
    file.write_text(f"open311_keys: {{citizens-app: '{'0a' * 32}'}}", encoding="utf-8")
    assert read_settings(file).open311_keys == {"citizens-app": "0a" * 32}


SECRET = "whsec_" + "A" * 44


@pytest.mark.parametrize(
    ("peers", "said"),
    [
        ([{"name": "east", "secret": "whsec_AAAA"}], "a secret has 24 to 64 bytes"),
        ([{"name": "east", "secret": SECRET, "poll_every": "PT5S"}], "poll_every needs the url"),
        ([{"name": "east", "secret": SECRET}] * 2, "east is named twice"),
        ([{"name": "110", "secret": SECRET}], "110 is named twice, is our own name, or the police"),
        ([{"name": "lifeline", "secret": SECRET}], "lifeline is named twice, is our own name"),
        ([{"name": "east west", "secret": SECRET}], "peers.0.name"),
    ],
)
def test_peers_that_cannot_work_are_refused(
    tmp_path: Path, peers: list[dict[str, object]], said: str
) -> None:
    file = tmp_path / "lifeline.yml"
    file.write_text(yaml.safe_dump({"peers": peers}), encoding="utf-8")
    with pytest.raises(BadSettings, match=said):
        read_settings(file)
