"""The page of a backtest as one file: style, script and data inside, no other host asked."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any


def write_page(path: Path, report: dict[str, Any], pictures: list[dict[str, Any]]) -> None:
    """Write index.html for `report` and `pictures`."""
    folder = files("deploy.backtest.page")
    page, style, script = (
        folder.joinpath(name).read_text(encoding="utf-8")
        for name in ("page.html", "page.css", "page.js")
    )
    body = json.dumps({"report": report, "pictures": pictures}, ensure_ascii=False, default=str)
    # What would end the element that holds the data is written as JSON may write it too.
    body = body.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    for mark, text in (("STYLE", style), ("SCRIPT", script), ("DATA", body)):
        before, _, after = page.partition(f"/*{mark}*/")
        page = before + text + after
    path.write_text(page, encoding="utf-8")
