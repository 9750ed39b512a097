"""What a running Lifeline says of itself in numbers, read as a monitor would."""

from __future__ import annotations

from urllib.request import Request, urlopen

from prometheus_client.parser import text_string_to_metric_families


def scrape(url: str, key: str, timeout: float = 30.0) -> dict[str, float]:
    """Return the metrics of the API at `url`, labels added up; waits up to `timeout` [s]."""
    asked = Request(f"{url}/metrics", headers={"Authorization": f"Bearer {key}"})
    with urlopen(asked, timeout=timeout) as answer:
        text = answer.read().decode()
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found
