"""Assets from files: CSV of channels, GeoJSON of grid cells."""

from __future__ import annotations

import csv
from pathlib import Path

from ingest.asset_files import header_problems
from ingest.asset_rows import NEEDED
from store.assets import Report, import_assets, import_grid_cells
from store.database import Connection

GEOJSON = (".geojson", ".json")


def import_assets_file(connection: Connection, path: Path, dry_run: bool = False) -> Report:
    """Import a file of assets; its ending tells what it is. Commits, unless `dry_run`.

    A column that means nothing to us is a problem of the header, row 1, so that a
    misspelt one is not overlooked; the rows are imported all the same.
    """
    if path.suffix.lower() in GEOJSON:
        return import_grid_cells(connection, path.read_bytes(), dry_run)
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        table = csv.DictReader(file)
        header = [name.strip() for name in table.fieldnames or []]
        table.fieldnames = header
        problems = header_problems(header)
        if not set(NEEDED) <= set(header):
            return Report(problems=problems)
        report = import_assets(connection, table, dry_run)
    report.problems[:0] = problems
    return report
