"""The indicators that cities evaluate casework by: what is counted, over what, in which period.

Each is a count over a count of one cohort, so that it lies between 0 and 100 % and both
numbers can be opened to their cases. Exercises are in none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cases.words import Stage, Word


class Cohort(Word):
    """Which cases a period holds: the instant that places a case there."""

    REPORTED = "reported", "期内上报的案件"  #: its first report
    FILED = "filed", "期内立案的案件"  #: its first filing
    #: 应结案: handled or past its deadline, whichever came first; neither rejected nor void
    DUE = "due", "期内应结案的案件"


#: Whose doing a count is, for posts and persons: who ended the last run of a stage, or who
#: reported the case; None: nobody's alone.
Doing = Stage | str | None
REPORT = "report"


class Measure(NamedTuple):
    """A count of cases of a cohort, or a sum over them. SQL has a column of the same name."""

    cohort: Cohort
    doing: Doing
    zh: str
    en: str


C, S = Cohort, Stage
MEASURES: dict[str, Measure] = {
    "reported": Measure(C.REPORTED, REPORT, "上报数", "reported"),
    "taken_up": Measure(C.REPORTED, REPORT, "上报后立案数", "reported and filed by now"),
    "valid": Measure(
        C.REPORTED, REPORT, "有效上报数", "filed and neither void nor rejected afterwards"
    ),
    "duplicate": Measure(C.REPORTED, REPORT, "重复上报数", "reported again: same problem"),
    "to_verify": Measure(
        C.REPORTED, S.VERIFY, "应核实数", "verified, or past the limit of verifying"
    ),
    "verified_in_time": Measure(C.REPORTED, S.VERIFY, "按时核实数", "verified in time"),
    "to_file": Measure(C.REPORTED, S.FILING, "应立案数", "filed, or past the limit of filing"),
    "filed_in_time": Measure(C.REPORTED, S.FILING, "按时立案数", "filed in time"),
    "called_back": Measure(C.REPORTED, None, "回访数", "called back, with an answer"),
    "satisfied": Measure(C.REPORTED, None, "满意数", "satisfied, or fairly so"),
    "sensor_judged": Measure(
        C.REPORTED, None, "已查明的传感器案件数", "found by sensors, and people have judged it"
    ),
    "sensor_real": Measure(
        C.REPORTED, None, "属实的传感器案件数", "found by sensors and confirmed real"
    ),
    "sensor_false": Measure(
        C.REPORTED, None, "传感器误报数", "found by sensors: false, or the sensor's fault"
    ),
    "filed": Measure(C.FILED, S.FILING, "立案数", "filed"),
    "filed_rightly": Measure(
        C.FILED, S.FILING, "立案准确数", "filed and neither voided nor rejected afterwards"
    ),
    "public_first": Measure(
        C.FILED, None, "公众先发现数", "the public told of it before sensors, inspectors or others"
    ),
    "told_and_sensed": Measure(
        C.FILED, None, "公众与传感器均发现数", "known to sensors and to the public"
    ),
    "sensed_first": Measure(
        C.FILED, None, "传感器先发现数", "of these, known to the sensors first"
    ),
    "missed": Measure(
        C.FILED,
        None,
        "传感器漏报数",
        "the public told of it before the sensors did, or they never did, of a class that a rule "
        "watches, in a grid cell that has a sensor",
    ),
    "to_dispatch": Measure(
        C.FILED, S.DISPATCH, "应派遣数", "dispatched, or past the limit of dispatching"
    ),
    "dispatched_in_time": Measure(C.FILED, S.DISPATCH, "按时派遣数", "dispatched in time"),
    "dispatched": Measure(C.FILED, S.DISPATCH, "派遣数", "dispatched"),
    "dispatched_rightly": Measure(
        C.FILED, S.DISPATCH, "派遣准确数", "dispatched and never redirected"
    ),
    "returned": Measure(C.FILED, S.DISPATCH, "退回数", "given back by the department"),
    "due": Measure(
        C.DUE, S.HANDLING, "应结案数", "handled, or not handled and past the deadline"
    ),
    "handled": Measure(C.DUE, S.HANDLING, "处置数", "handled"),
    "handled_in_time": Measure(C.DUE, S.HANDLING, "按期处置数", "handled in time"),
    "closed": Measure(C.DUE, S.HANDLING, "结案数", "closed"),
    "closed_in_time": Measure(
        C.DUE, S.HANDLING, "按期结案数", "closed, and handled in time"
    ),
    "reworked": Measure(C.DUE, S.HANDLING, "返工案件数", "sent back to be handled again"),
    "to_inspect": Measure(
        C.DUE, S.INSPECT, "应核查数", "inspected, or past the limit of inspecting"
    ),
    "inspected_in_time": Measure(C.DUE, S.INSPECT, "按时核查数", "inspected in time"),
    "reworks": Measure(C.DUE, S.HANDLING, "返工次数", "times that cases were sent back"),
    "handling_hours": Measure(
        C.DUE, S.HANDLING, "处置用时合计", "clock hours from dispatch to the last feedback"
    ),
}  # fmt: skip
#: Sums; all others count cases.
SUMS = frozenset({"reworks", "handling_hours"})


class Indicator(NamedTuple):
    """`top` over `bottom`; both are measures of one cohort."""

    zh: str
    en: str
    top: str
    bottom: str
    unit: str = "%"
    #: A granted appeal takes a case out of this statistic: official without, shown with it too.
    overtime: bool = False

    @property
    def cohort(self) -> Cohort:
        return MEASURES[self.bottom].cohort

    @property
    def doing(self) -> Doing:
        """Whose doing it is; None: nobody's alone, so that posts and persons have none."""
        top, bottom = MEASURES[self.top].doing, MEASURES[self.bottom].doing
        return bottom if top == bottom else None

    @property
    def formula_en(self) -> str:
        return f"{MEASURES[self.top].en} ÷ {MEASURES[self.bottom].en}"

    @property
    def formula_zh(self) -> str:
        return f"{MEASURES[self.top].zh} ÷ {MEASURES[self.bottom].zh}"


INDICATORS: dict[str, Indicator] = {
    "filing_rate": Indicator("立案率", "Filing rate", "taken_up", "reported"),
    "valid_report_rate": Indicator("有效上报率", "Valid-report rate", "valid", "reported"),
    "duplicate_rate": Indicator("重复率", "Duplicate rate", "duplicate", "reported"),
    "on_time_verify_rate": Indicator(
        "按时核实率", "On-time verify rate", "verified_in_time", "to_verify"
    ),
    "on_time_filing_rate": Indicator(
        "按时立案率", "On-time filing rate", "filed_in_time", "to_file"
    ),
    "satisfaction": Indicator("满意率", "Satisfaction", "satisfied", "called_back"),
    "filing_accuracy": Indicator("立案准确率", "Filing accuracy", "filed_rightly", "filed"),
    "miss_rate": Indicator("漏报率", "Miss rate", "public_first", "filed"),
    "on_time_dispatch_rate": Indicator(
        "按时派遣率", "On-time dispatch rate", "dispatched_in_time", "to_dispatch"
    ),
    "dispatch_accuracy": Indicator(
        "派遣准确率", "Dispatch accuracy", "dispatched_rightly", "dispatched"
    ),
    "return_rate": Indicator("退回率", "Return rate", "returned", "dispatched"),
    "handling_rate": Indicator("处置率", "Handling rate", "handled", "due"),
    "on_time_handling_rate": Indicator(
        "按期处置率", "On-time handling rate", "handled_in_time", "due", overtime=True
    ),
    "closing_rate": Indicator("结案率", "Closing rate", "closed", "due"),
    "on_time_closing_rate": Indicator(
        "按期结案率", "On-time closing rate", "closed_in_time", "due", overtime=True
    ),
    "rework_rate": Indicator("返工率", "Rework rate", "reworked", "due"),
    "on_time_inspect_rate": Indicator(
        "按时核查率", "On-time inspect rate", "inspected_in_time", "to_inspect"
    ),
    "mean_handling_time": Indicator(
        "平均处置用时", "Mean handling time", "handling_hours", "handled", unit="h"
    ),
    "sensor_precision": Indicator(
        "传感器案件属实率", "Sensor precision", "sensor_real", "sensor_judged"
    ),
}

Counts = Mapping[str, float]  #: of measures


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of one department, street, person ...: all, and of it the exempt cases."""

    every: Counts
    exempt: Counts

    def count(self, measure: str, exempt: bool = True) -> float:
        """Return a count with the exempt cases, or without."""
        left_out = 0.0 if exempt else self.exempt.get(measure, 0)
        return self.every.get(measure, 0) - left_out


def together(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of tallies of which no case is in two."""
    every, exempt = Counter[str](), Counter[str]()
    for tally in tallies:
        every.update(tally.every)
        exempt.update(tally.exempt)
    return Tally(every, exempt)


class Value(NamedTuple):
    value: float | None  #: None: there was nothing to divide by
    top: float
    bottom: float


def evaluate(name: str, tally: Tally, exempt: bool = False) -> Value:
    """Return an indicator; `exempt`: count exempt cases of overtime too."""
    indicator = INDICATORS[name]
    top, bottom = (
        tally.count(measure, exempt or not indicator.overtime)
        for measure in (indicator.top, indicator.bottom)
    )
    if not bottom:
        return Value(None, top, bottom)
    return Value(top / bottom * (100 if indicator.unit == "%" else 1), top, bottom)
