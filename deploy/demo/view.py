"""What the demo shows: a live view while it runs, and the table at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from deploy.demo.verdict import Opened, Verdict, ahead_of_patrol, moment

#: What is counted, and the metric that counts it.
COUNTS = {
    "readings stored": "lifeline_readings_total",
    "duplicates": "lifeline_duplicates_total",
    "dead letters": "lifeline_dead_letters_total",
    "quarantined": "lifeline_quarantined_total",
    "late": "lifeline_late_total",
    "flagged": "lifeline_flagged_total",
}
NEWEST = 14  #: cases shown while the demo runs


@dataclass
class Shown:
    """What the live view shows now."""

    now: datetime
    messages: int
    published: int = 0
    acknowledged: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    cases: Sequence[Opened] = ()
    note: str = ""


def local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%a %d %b %H:%M")


def live(shown: Shown, zone: ZoneInfo) -> RenderableType:
    """Return the view of a running demo."""
    head = Table.grid(padding=(0, 2))
    head.add_row(
        Text(local(shown.now, zone), style="bold"),
        ProgressBar(total=shown.messages, completed=shown.published, width=40),
        f"{shown.published:,} of {shown.messages:,} messages, {shown.acknowledged:,} acknowledged",
    )
    counts = "   ".join(f"{name} {count:,}" for name, count in shown.counts.items())
    table = Table(box=None, header_style="dim", padding=(0, 1))
    table.add_column("Case", no_wrap=True, min_width=15)
    table.add_column("What", no_wrap=True, overflow="ellipsis", max_width=60)
    table.add_column("Found", no_wrap=True, min_width=16)
    table.add_column("Department", no_wrap=True, overflow="ellipsis")
    for case in list(shown.cases)[:NEWEST]:
        table.add_row(case.number, case.title, local(case.found, zone), case.department)
    return Group(head, Text(counts, style="dim"), Text(shown.note, style="cyan"), table)


def summary(verdict: Verdict, zone: ZoneInfo) -> Table:
    """Return the table of problems: when each began, was found, and how much sooner."""
    table = Table(title="What happened, and what became of it", title_justify="left")
    columns = ("Problem", "Began", "Found", "Case", "Department", "Time limit", "Before a patrol")
    for column in columns:
        table.add_column(column, overflow="fold")
    for problem, case, found in sorted(verdict.found, key=lambda told: told[0].began):
        lead, sight = ahead_of_patrol(problem, found, zone)
        table.add_row(
            f"{problem.what}\n[dim]{problem.place}[/]",
            local(moment(problem.began), zone),
            local(found, zone),
            f"{case.number}\n[dim]{case.code} {case.condition}[/]",
            case.department,
            local(case.due, zone),
            f"{lead}\n[dim]{sight}[/]",
        )
    return table
