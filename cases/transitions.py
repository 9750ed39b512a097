"""The transition table: from which state, by which verb, to which state, for whom."""

from __future__ import annotations

from typing import NamedTuple

from cases.words import ENDS, OPEN, Role, State, Verb


class Move(NamedTuple):
    after: State
    roles: frozenset[Role]


S, V, R = State, Verb, Role
HUMANS = tuple(role for role in Role if role is not Role.SYSTEM)
AT_WORK = (S.DISPATCHED, S.HANDLING)  #: a department has it
DONE = (S.FED_BACK, S.INSPECTING, S.INSPECTED)  #: it says that it has done it
#: From here only a drill's end voids a case.
OF_DRILLS = (S.VERIFYING, S.HANDLING, S.SUSPENDED, S.HANDED_OVER, *DONE)
ON_THE_WAY = tuple(state for state in OPEN if state not in (S.REPORTED, S.VERIFYING))


def _by(after: State, *roles: Role) -> Move:
    return Move(after, frozenset(roles))


NEXT: dict[tuple[State, Verb], Move] = {
    # Is there a problem? The supervision centre.
    (S.REPORTED, V.ASK_VERIFY): _by(S.VERIFYING, R.INTAKE),
    (S.VERIFYING, V.VERIFY): _by(S.REPORTED, R.INSPECTOR),
    (S.REPORTED, V.ACCEPT): _by(S.ACCEPTED, R.SYSTEM, R.INTAKE),
    (S.REPORTED, V.REJECT): _by(S.REJECTED, R.INTAKE, R.SHIFT_LEAD),
    (S.ACCEPTED, V.REJECT): _by(S.REJECTED, R.SHIFT_LEAD),
    (S.ACCEPTED, V.FILE): _by(S.FILED, R.SYSTEM, R.SHIFT_LEAD),
    # Who mends it? The command centre.
    (S.FILED, V.DISPATCH): _by(S.DISPATCHED, R.SYSTEM, R.DISPATCHER),
    (S.FILED, V.RETURN): _by(S.ACCEPTED, R.DISPATCHER),
    **{(state, V.REDIRECT): _by(S.DISPATCHED, R.DISPATCHER) for state in (S.FILED, *AT_WORK)},
    **{
        (state, V.HAND_OVER): _by(S.HANDED_OVER, R.SYSTEM, R.DISPATCHER)
        for state in (S.FILED, *AT_WORK)
    },
    # The department, or who it was handed to.
    (S.DISPATCHED, V.HANDLE): _by(S.HANDLING, R.DEPARTMENT),
    **{(state, V.RETURN): _by(S.FILED, R.DEPARTMENT) for state in AT_WORK},
    # Its dispatcher may forward what a department has taken up, and so never what it returned.
    (S.HANDLING, V.FEED_BACK): _by(S.FED_BACK, R.DEPARTMENT, R.DISPATCHER),
    (S.HANDED_OVER, V.FEED_BACK): _by(S.FED_BACK, R.PARTNER),
    (S.HANDED_OVER, V.RETURN): _by(S.FILED, R.PARTNER),
    # More time, asked by the department and approved by two levels of the command centre.
    **{(state, V.ASK_EXTENSION): _by(state, R.DEPARTMENT) for state in AT_WORK},
    (S.HANDLING, V.ASK_SUSPENSION): _by(S.HANDLING, R.DEPARTMENT),
    **{(state, V.APPROVE): _by(state, R.DISPATCHER) for state in AT_WORK},
    **{(state, V.EXTEND): _by(state, R.COMMAND_LEAD) for state in AT_WORK},
    (S.HANDLING, V.SUSPEND): _by(S.SUSPENDED, R.COMMAND_LEAD),
    **{(state, V.REFUSE): _by(state, R.DISPATCHER, R.COMMAND_LEAD) for state in AT_WORK},
    (S.SUSPENDED, V.RESUME): _by(S.HANDLING, R.SYSTEM, R.DISPATCHER, R.COMMAND_LEAD),
    # Is it solved? The supervision centre again, and the sensor.
    (S.FED_BACK, V.ASK_INSPECT): _by(S.INSPECTING, R.SYSTEM, R.INTAKE, R.SHIFT_LEAD),
    (S.INSPECTING, V.INSPECT): _by(S.INSPECTED, R.INSPECTOR),
    **{(state, V.CONFIRM): _by(state, R.SYSTEM) for state in DONE},
    **{(state, V.REWORK): _by(S.HANDLING, R.SYSTEM, R.SHIFT_LEAD) for state in DONE},
    (S.INSPECTED, V.CLOSE): _by(S.CLOSED, R.SHIFT_LEAD),
    (S.FED_BACK, V.CLOSE): _by(S.CLOSED, R.SYSTEM),  # where a class trusts its sensor
    # Ends that are no closing. Voided before anybody went; once a department has taken a case
    # up, it must be inspected.
    (S.REPORTED, V.VOID): _by(S.VOID, R.SYSTEM),
    **{
        (state, V.VOID): _by(S.VOID, R.SYSTEM, R.SHIFT_LEAD)
        for state in (S.ACCEPTED, S.FILED, S.DISPATCHED)
    },
    # A drill that ends takes its cases with it, wherever they are.
    **{(state, V.VOID): _by(S.VOID, R.SYSTEM) for state in OF_DRILLS},
    **{
        (state, V.MERGE): _by(S.VOID, R.SYSTEM, R.INTAKE, R.SHIFT_LEAD)
        for state in (S.REPORTED, S.VERIFYING, S.ACCEPTED, S.FILED, S.DISPATCHED)
    },
    # Again.
    (S.VOID, V.REOPEN): _by(S.REPORTED, R.SYSTEM, R.SHIFT_LEAD),
    (S.REJECTED, V.REOPEN): _by(S.REPORTED, R.SHIFT_LEAD),
    (S.CLOSED, V.REOPEN): _by(S.FILED, R.SYSTEM, R.SHIFT_LEAD),
    # After closing.
    (S.CLOSED, V.APPEAL): _by(S.CLOSED, R.DEPARTMENT),
    (S.CLOSED, V.EXEMPT): _by(S.CLOSED, R.EVALUATOR),
    (S.CLOSED, V.REFUSE): _by(S.CLOSED, R.EVALUATOR),
    **{(state, V.CALL_BACK): _by(state, R.INTAKE) for state in ENDS},
    # Words that leave a case where it is.
    **{
        (state, V.SUPERVISE): _by(state, R.SHIFT_LEAD, R.COMMAND_LEAD, R.LEADER)
        for state in ON_THE_WAY
    },
    **{
        (state, V.URGE): _by(state, R.SHIFT_LEAD, R.DISPATCHER, R.COMMAND_LEAD, R.LEADER)
        for state in OPEN
    },
    **{(state, V.ESCALATE): _by(state, R.SYSTEM) for state in OPEN},
    **{(state, V.NOTE): _by(state, R.SYSTEM, *HUMANS) for state in State},
    **{(state, V.JOIN): _by(state, R.SYSTEM, R.INTAKE, R.SHIFT_LEAD) for state in OPEN},
    **{(state, V.AMEND): _by(state, R.SYSTEM, R.INTAKE, R.SHIFT_LEAD) for state in OPEN},
}

NEEDS_REASON = frozenset(
    {
        V.REJECT, V.RETURN, V.REDIRECT, V.VOID, V.REOPEN, V.REWORK, V.ASK_EXTENSION,
        V.ASK_SUSPENSION, V.APPEAL, V.REFUSE, V.SUPERVISE, V.URGE, V.NOTE,
    }
)  # fmt: skip
