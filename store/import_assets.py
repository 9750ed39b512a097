"""Assets from files: CSV of channels."""

from __future__ import annotations

import csv
from pathlib import Path

from cases.catalogue import Catalogue
from ingest.asset_files import header_problems
from ingest.asset_rows import NEEDED
from store.assets import Report, import_assets
from store.database import Connection
from store.stepping import Step, unwatched


def import_assets_file(
    connection: Connection,
    path: Path,
    dry_run: bool = False,
    catalogue: Catalogue | None = None,
    step: Step = unwatched,
) -> Report:
    """Import a file of assets. Commits, unless `dry_run`.

    A column that means nothing to us is a problem of the header, row 1, so that a
    misspelt one is not overlooked; the rows are imported all the same.
    """
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        table = csv.DictReader(file)
        header = [name.strip() for name in table.fieldnames or []]
        table.fieldnames = header
        problems = header_problems(header)
        if not set(NEEDED) <= set(header):
            return Report(problems=problems)
        report = import_assets(connection, table, dry_run, catalogue, step)
    report.problems[:0] = problems
    return report
