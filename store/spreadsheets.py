"""Tables that people open in spreadsheets, which run a cell that begins like a formula.

Every CSV that we hand out is written here, or holds its texts against FORMULA: what devices send,
callers say and people are called is written by others. What our own programs read back is not.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from io import StringIO
from typing import Any

#: Begins what a spreadsheet runs, full-width as typed in Chinese too; blanks before it are skipped
#: by some. The same in Python and in RE2 (pyarrow).
FORMULA = r"^[ \t\r\n]*[=+\-@＝＋－＠]|^[\t\r\n]"
_FORMULA = re.compile(FORMULA)
CRLF = "\r\n"
MARK = "'"  #: has a spreadsheet take the rest for text


def harmless(cell: Any) -> Any:
    """Return a text that is run by no spreadsheet; numbers and all else as they are."""
    return f"{MARK}{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def line(cells: Iterable[Any], end: str = "\n") -> str:
    """Return one line of a CSV; its texts are harmless."""
    out = StringIO()
    # Ended by both signs: `csv` quotes only texts that hold one of those, and a bare return within
    # a text would begin a row, and a cell, for whoever reads it.
    csv.writer(out, lineterminator=CRLF).writerow([harmless(cell) for cell in cells])
    return out.getvalue().removesuffix(CRLF) + end
