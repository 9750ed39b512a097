"""What the demo prints can be read on an ordinary terminal."""

import io
from datetime import timedelta
from zoneinfo import ZoneInfo

from rich.console import Console

from deploy.demo.verdict import Opened, Verdict, moment
from deploy.demo.view import Shown, live, summary
from simulators.truth import Happening

NOON = 1_788_494_400_000_000  # Friday 2026-09-04 12:00 in Shanghai
ZONE = ZoneInfo("Asia/Shanghai")
CASE = Opened(
    "20260904-000002", "dispatched", "GB/T 30428.2-2013", "0506", "standing-water",
    "Standing water on the road", "Drainage office", moment(NOON), moment(NOON), moment(NOON),
    moment(NOON) + timedelta(hours=2), frozenset({"road-17"}),
    ((moment(NOON), moment(NOON)),),
)  # fmt: skip
FLOOD = Happening(
    "flood", "Street flood, recorded", "flood", "problem", "road depth sensor 17", "harbour",
    ("road-17",), NOON, NOON + 48 * 3_600_000_000,
)  # fmt: skip


def printed(what, width):
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(what)
    return console.export_text()


def test_the_live_view_tells_number_and_time_of_a_case_whole_on_100_columns():
    shown = Shown(moment(NOON), 1000, 400, 390, {"duplicates": 7}, [CASE], "Adopted road-new-1")
    text = printed(live(shown, ZONE), 100)
    for words in ("20260904-000002", "Fri 04 Sep 12:00", "duplicates 7", "Adopted road-new-1"):
        assert words in text


def test_the_table_tells_problem_case_class_department_limit_and_lead():
    text = printed(summary(Verdict(found=[(FLOOD, CASE, CASE.found)]), ZONE), 150)
    for words in (
        "Street flood, recorded", "20260904-000002", "0506 standing-water", "Drainage office",
        "Fri 04 Sep 14:00", "21 h 00 min",
    ):  # fmt: skip
        assert words in text
