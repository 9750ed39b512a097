"""What each post has to do: its lists, each a condition on a case; nothing else decides them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from cases.case import Case
from cases.stages import Run
from cases.transitions import AT_WORK
from cases.words import ENDS, Role, State, Verb

#: What a department asks for while it has a case; an appeal comes when it is over.
MORE_TIME = frozenset({Verb.ASK_EXTENSION, Verb.ASK_SUSPENSION})
#: Levels that a case has only when something of it was overdue.
RAISED = (2, 3, 4)


class WorkList(NamedTuple):
    """One list of a post. `name` is unique among those of its role."""

    role: Role
    name: str
    zh: str
    en: str
    condition: str  #: of CONDITIONS here, and of store/queries/worklists.sql there
    state: State | None = None  #: in which its cases are, where one is enough to say
    verbs: tuple[Verb, ...] = ()  #: what usually comes next


R, S, V = Role, State, Verb
WORK_LISTS: tuple[WorkList, ...] = (
    WorkList(R.INTAKE, "to-accept", "待受理", "reports to take up", "in_state", S.REPORTED,
             (V.ASK_VERIFY, V.ACCEPT, V.REJECT)),
    WorkList(R.INTAKE, "verifying", "核实中", "out for verification", "in_state", S.VERIFYING),
    WorkList(R.INTAKE, "to-order-inspection", "待派核查", "inspections to order", "in_state",
             S.FED_BACK, (V.ASK_INSPECT,)),
    WorkList(R.INTAKE, "to-call-back", "待回访", "callers to call back", "to_call_back", None,
             (V.CALL_BACK,)),
    WorkList(R.SHIFT_LEAD, "to-file", "待立案", "cases to file", "in_state", S.ACCEPTED,
             (V.FILE, V.REJECT, V.MERGE)),
    WorkList(R.SHIFT_LEAD, "to-close", "待结案", "cases to close", "to_close", S.INSPECTED,
             (V.CLOSE,)),
    WorkList(R.SHIFT_LEAD, "to-rework", "待返工", "found wanting: to send back", "to_rework",
             S.INSPECTED, (V.REWORK,)),
    WorkList(R.SHIFT_LEAD, "waiting-for-sensor", "待传感器确认", "waiting for their sensor",
             "waiting_for_sensor", S.INSPECTED),
    WorkList(R.INSPECTOR, "to-verify", "待核实", "problems to verify", "in_state", S.VERIFYING,
             (V.VERIFY,)),
    WorkList(R.INSPECTOR, "to-inspect", "待核查", "repairs to inspect", "in_state", S.INSPECTING,
             (V.INSPECT,)),
    WorkList(R.DISPATCHER, "to-dispatch", "待派遣", "cases to dispatch", "to_dispatch", S.FILED,
             (V.DISPATCH, V.RETURN)),
    WorkList(R.DISPATCHER, "to-redirect", "待改派", "returned by departments", "to_redirect",
             S.FILED, (V.REDIRECT, V.DISPATCH)),
    WorkList(R.DISPATCHER, "to-approve", "待初审", "requests for more time", "asked", None,
             (V.APPROVE, V.REFUSE)),
    WorkList(R.DISPATCHER, "handed-over", "已移交", "handed over to others", "in_state",
             S.HANDED_OVER),
    WorkList(R.COMMAND_LEAD, "to-decide", "待复审", "requests approved once", "approved", None,
             (V.EXTEND, V.SUSPEND, V.REFUSE)),
    WorkList(R.DEPARTMENT, "to-take-up", "待处置", "cases to take up", "in_state", S.DISPATCHED,
             (V.HANDLE, V.RETURN)),
    WorkList(R.DEPARTMENT, "in-work", "处置中", "cases in work", "in_state", S.HANDLING,
             (V.FEED_BACK,)),
    WorkList(R.DEPARTMENT, "suspended", "挂账", "suspended", "in_state", S.SUSPENDED),
    WorkList(R.PARTNER, "handed-over", "已移交", "handed over to you", "in_state", S.HANDED_OVER,
             (V.FEED_BACK, V.RETURN)),
    WorkList(R.LEADER, "raised", "超时升级", "overdue, gone up to the level", "raised", None,
             (V.SUPERVISE, V.URGE)),
    WorkList(R.LEADER, "supervised", "督办", "under a supervision order", "supervised", None,
             (V.URGE,)),
    WorkList(R.EVALUATOR, "appeals", "超时申诉", "appeals to judge", "appealed", S.CLOSED,
             (V.EXEMPT, V.REFUSE)),
)  # fmt: skip


def lists_of(role: Role) -> tuple[WorkList, ...]:
    return tuple(each for each in WORK_LISTS if each.role is role)


def belongs(case: Case, work_list: WorkList, level: int = RAISED[0]) -> bool:
    """Tell whether a case stands in a list, by its log alone; `level` is that of a leader.

    Whether a caller waits to be called back is not in the log: the reports say that.
    """
    if work_list.state is not None and case.state is not work_list.state:
        return False
    if work_list.condition == "raised":
        return case.state not in ENDS and case.level == level
    return CONDITIONS[work_list.condition](case)


def _asks(case: Case, approved: bool) -> bool:
    asked = case.request
    return (
        case.state in AT_WORK
        and asked is not None
        and asked.verb in MORE_TIME
        and asked.approved is approved
    )


def _waits(case: Case) -> bool:
    """Tell whether an inspected case stands until its sensor is normal."""
    run: Run | None = case.running
    return case.passed is True and run is None


CONDITIONS: Mapping[str, Callable[[Case], bool]] = {
    "in_state": lambda case: True,
    "to_close": lambda case: case.passed is True and not _waits(case),
    "to_rework": lambda case: case.passed is not True,
    "waiting_for_sensor": _waits,
    "to_dispatch": lambda case: not case.returned,
    "to_redirect": lambda case: case.returned,
    "asked": lambda case: _asks(case, False),
    "approved": lambda case: _asks(case, True),
    "supervised": lambda case: case.supervised and case.state not in ENDS,
    "appealed": lambda case: case.request is not None and case.request.verb is Verb.APPEAL,
}
