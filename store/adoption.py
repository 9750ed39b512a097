"""Make an unknown device known, in one step; its readings since then are not lost."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.asset_rows import Problem
from store.assets import Report, import_assets
from store.database import Connection


class AdoptionRefused(ValueError):
    """A device cannot be adopted as described; `problems` says why, all of them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(f"{p.column}: {p.what}. {p.mend}." for p in problems))
        self.problems = problems


def adopt(
    connection: Connection,
    device: str,
    fields: Mapping[str, Mapping[str, str]],
    place: Mapping[str, str] | None = None,
) -> Report:
    """Create a device with its channels and move its quarantined readings; all or nothing.

    `fields` are the device's fields on the wire, each with at least its quantity and, where
    payloads declare none, its unit; `place` is what they share (component, lon, lat, zone,
    kind, ...). Both as columns of an assets file. Raises AdoptionRefused.
    """
    rows = [
        {"channel": f"{device}/{name}", "device": device, "name": name, **(place or {}), **cells}
        for name, cells in fields.items()
    ]
    with connection.transaction():
        report = import_assets(connection, rows)
        if report.problems:
            raise AdoptionRefused(report.problems)
    return report
