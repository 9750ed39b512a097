"""The ranking as CSV that spreadsheets open: UTF-8 with a byte order mark, in both languages."""

from __future__ import annotations

from cases.grades import Ranked
from cases.indicators import evaluate
from store.ranking import Ranking
from store.spreadsheets import CRLF, MARK, line

HEAD = (
    "类别 kind", "排名 rank", "代码 code", "名称", "name", "应结案数 due", "结案数 closed",
    "结案率 closing rate [%]", "按期处置数 handled in time",
    "按期处置率 on-time handling rate [%]", "返工案件数 reworked", "返工率 rework rate [%]",
    "返工次数 reworks", "综合得分 score", "等级 grade", "申诉豁免数 exempt",
    "计入豁免得分 score with exempt", "计入豁免按期处置率 on-time handling rate with exempt [%]",
)  # fmt: skip


def ranking_csv(ranking: Ranking) -> bytes:
    lines = [line(HEAD, CRLF)]
    for kind, rows in (("department", ranking.departments), (str(ranking.level), ranking.areas)):
        for row in rows:
            name = ranking.name(row.key)
            cells = [kind, _cell(row.rank), _code(row.key), name.zh, name.en, *figures(row)]
            lines.append(line(cells, CRLF))
    return b"\xef\xbb\xbf" + "".join(lines).encode()


def figures(row: Ranked) -> list[str]:
    """Return what a row of the ranking prints after its name, in the order of HEAD."""
    tally = row.tally
    return [
        _cell(tally.count("due")),
        _cell(tally.count("closed")),
        _cell(evaluate("closing_rate", tally).value),
        _cell(tally.count("handled_in_time")),
        _cell(evaluate("on_time_handling_rate", tally).value),
        _cell(tally.count("reworked")),
        _cell(evaluate("rework_rate", tally).value),
        _cell(tally.count("reworks")),
        _cell(row.score),
        row.grade or "",
        _cell(tally.exempt.get("due", 0)),
        _cell(row.score_with_exempt),
        _cell(evaluate("on_time_handling_rate", tally, exempt=True).value),
    ]


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() else f"{value:.1f}"


def _code(value: str) -> str:
    """Return a code that no spreadsheet takes for a number, which would lose digits."""
    return f"{MARK}{value}" if value.isdigit() and len(value) > 11 else value
