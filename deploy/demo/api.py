"""What the demo asks of the running system, over its public HTTP API and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.error import URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from deploy.demo.verdict import Opened
from deploy.scrape import scrape


class Api:
    """The API at `url`, with a key; `devices` tells the device of each channel id."""

    def __init__(self, url: str, key: str, devices: Mapping[str, str]) -> None:
        self.url = url
        self._key = key
        self._devices = devices
        self._known: dict[str, tuple[tuple[int, int], Opened]] = {}

    def is_ready(self) -> bool:
        try:
            with urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def get(self, path: str, **query: Any) -> Any:
        asked = f"?{urlencode(query)}" if query else ""
        return self._call(Request(f"{self.url}/api/v1/{path}{asked}"))

    def adopt(self, device: str, fields: dict[str, dict[str, str]], place: dict[str, str]) -> Any:
        """Adopt a device out of quarantine."""
        asked = Request(
            f"{self.url}/api/v1/quarantine/{quote(device, safe='')}/adopt",
            json.dumps({"fields": fields, "place": place}).encode(),
            {"Content-Type": "application/json"},
        )
        return self._call(asked)

    def _call(self, request: Request) -> Any:
        request.add_header("Authorization", f"Bearer {self._key}")
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def every(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Return the items of all pages."""
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **query, **cursor)
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = {"cursor": page["next"]}

    def metrics(self) -> dict[str, float]:
        """Return the metrics of the pipeline, labels added up."""
        return scrape(self.url, self._key)

    def cases(self) -> list[Opened]:
        """Return all cases, newest first, with the devices that their evidence comes from."""
        return [self._case(row) for row in self.every("cases", limit=500)]

    def _case(self, row: dict[str, Any]) -> Opened:
        seen, case = self._known.get(row["number"], (None, None))
        if case is None or seen != (row["version"], row["events"]):
            events = self.get(f"cases/{quote(row['number'])}")["events"]
            facts = [event for event in events if event["standing"] in ("standing", "over")]
            channels = {channel for event in events for channel in event["channels"]}
            case = Opened(
                number=row["number"],
                state=row["state"],
                code_list=row["code_list"],
                code=row["code"],
                condition=row["condition"],
                title=row["title_en"],
                department=row["department_en"] or row["department"] or "",
                began=datetime.fromisoformat(row["began"]),
                found=datetime.fromisoformat(row["found"]),
                opened=datetime.fromisoformat(row["opened"]),
                due=datetime.fromisoformat(row["due"]),
                devices=frozenset(self._devices.get(channel, channel) for channel in channels),
                findings=tuple(
                    (datetime.fromisoformat(e["began"]), datetime.fromisoformat(e["found"]))
                    for e in facts
                ),
            )
            self._known[row["number"]] = ((row["version"], row["events"]), case)
        return case

    def readings(self, channel: str, start: datetime, end: datetime) -> int:
        """Return how many readings of `channel` are stored between two device times."""
        window = {"start": start.isoformat(), "end": end.isoformat(), "limit": 100_000}
        return len(self.get(f"channels/{channel}/readings", **window)["items"])

    def ledger(self, device: str, days: int) -> dict[str, int]:
        """Return what a device sent and what became of it, the days added up."""
        days_of = self.get(f"devices/{quote(device, safe='')}/ledger", days=days)["items"]
        counts = ("received", "stored", "duplicate", "rejected", "quarantined", "late", "flagged")
        return {name: sum(day[name] for day in days_of) for name in counts}
