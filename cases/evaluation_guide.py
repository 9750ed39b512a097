"""Evaluation as a page to read, written from the tables that are counted by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cases.grades import Grading
from cases.indicators import INDICATORS, MEASURES, REPORT, Cohort
from cases.words import Stage

WHEN = {
    Cohort.REPORTED: "its first report",
    Cohort.FILED: "its first filing",
    Cohort.DUE: "handled or past its deadline, whichever came first (应结案); later steps do not "
    "move it, so that what was overdue in a month stays in that month",
}


def evaluation_guide(grading: Grading) -> str:
    """Return in Markdown what is counted, over what, in which period, and how it is graded."""
    weights = grading.weights
    return "\n".join(
        [
            "# Evaluation",
            "",
            "Written by `lifeline report definitions` from the code that counts; do not edit.",
            "",
            "Each indicator is a count over a count of one cohort. Exercises are in none. Nothing "
            "divided by nothing is unknown, neither 0 nor 100.",
            "",
            "## Cohorts",
            "",
            *_table(
                ("cohort", "", "what places a case in a period"),
                ((f"`{c}`", c.zh, WHEN[c]) for c in Cohort),
            ),
            "",
            "Rejected and void cases are not due. A case whose clock stands before its deadline is "
            "not due until it runs on or is handled. An area is that of the grid cell; a "
            "department the one that has the case now.",
            "",
            "## Indicators",
            "",
            *_table(("indicator", "", "", "of", "is", "by post and person: who"), _indicators()),
            "",
            "By post and person tasks are counted, not cases: each judged run of the stage, under "
            "who ended it by doing the work. A task nobody has done is nobody's. Times are clock "
            "hours.",
            "",
            "An appeal against overtime that was granted takes a case out of the indicators marked "
            "*, from both counts; how many, and the value with them, are always told beside it.",
            "",
            "## Score and grade",
            "",
            f"({weights.rework_count:g} x points for reworks + {weights.closing_rate:g} x closing "
            f"rate + {weights.on_time_handling_rate:g} x on-time handling rate + "
            f"{weights.rework_rate:g} x (100 - rework rate)) / 100. Points for reworks: "
            + ", ".join(f"up to {b.up_to:g} a month {b.points:g}" for b in grading.rework_points)
            + ", beyond none. The published scheme weighs the number of reworks and prints no "
            "scale for it; this one is our own, and policy.yml may say another. Grades: "
            + ", ".join(f"{g.name} from {g.least:g}" for g in grading.grades)
            + ", of the score as printed, with one decimal; equal scores share a rank.",
            "",
            "## Sensors",
            "",
            "Precision: confirmed real / judged by people, of the cases that sensors found. "
            "Missed: "
            + MEASURES["missed"].en
            + ". Lead: the median of first public report - first finding, where both are known. "
            "False cases (false, or the sensor's own fault) per 1,000 active devices and month. "
            "Availability: good readings stored / readings that the channels' intervals promise "
            "since adoption, over whole days UTC, of each device at most what was expected.",
            "",
            "## Statistics for everybody",
            "",
            "Whole months that are over, streets and wider, no persons. Counts of 1 to "
            f"{grading.smallest_count - 1} are withheld, and others with them until no subtraction "
            "tells them.",
            "",
        ]
    )


def _indicators() -> Iterator[tuple[str, ...]]:
    for name, one in INDICATORS.items():
        doing = one.doing
        who = (
            "reported it"
            if doing == REPORT
            else f"ended its stage `{doing}`"
            if doing
            else "nobody"
        )
        if doing is Stage.HANDLING:
            who = "fed it back"
        mark = "*" if one.overtime else ""
        yield (f"`{name}`{mark}", one.zh, one.en, f"`{one.cohort}`", one.formula_en, who)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
