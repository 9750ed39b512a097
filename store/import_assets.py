"""Assets from files: CSV of channels, GeoJSON of grid cells."""

from __future__ import annotations

import csv
from pathlib import Path

from store.asset_rows import NEEDED, Problem, unknown_columns
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
        lacking = [name for name in NEEDED if name not in header]
        if lacking:
            problem = Problem(1, lacking[0], "the column is missing", "See the header in the guide")
            return Report(problems=[problem])
        report = import_assets(connection, table, dry_run)
    report.problems[:0] = [
        Problem(1, name, "is not a column we know", "Mend it, or write tag:name or attr:name")
        for name in unknown_columns(header)
    ]
    return report
