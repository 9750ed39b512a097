"""What the system does when it has looked at the sensors of a case that was fed back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from cases.case import Case, Entry
from cases.closing import Closing, Inspection
from cases.closing_conditions import Nights
from cases.policy import Policy
from cases.telling import spoken
from cases.verification import Verdicts
from cases.words import Outcome, State, Verb


class Step(NamedTuple):
    verb: Verb
    reason: str
    details: dict[str, Any]


def decide(
    case: Case,
    log: Sequence[Entry],
    closing: Closing,
    verdicts: Verdicts,
    now: datetime,
    policy: Policy,
) -> Iterator[Step]:
    """Yield the steps that `verdicts` call for; `case` is in verification.

    What was confirmed stays so in silence. A good reading that was not normal takes it back,
    however late it comes; only the closing waits then. The department works again when a rule
    finds something (`cases.speaking`), or when its sensors deny for long that it is solved. Where
    they are silent so long, people look though the class trusts its sensors.
    """
    trusted = closing.inspection is Inspection.TRUSTED and case.state is State.FED_BACK
    since = confirmed_since(case, log)
    if since is not None and verdicts.against is not None and verdicts.against > since:
        why = f"撤回确认 taken back: {'; '.join(verdicts.missing)}"
        yield Step(Verb.CONFIRM, why, {"holds": False})
    elif verdicts.holds and since is None:
        told = {
            "since": verdicts.since.isoformat() if verdicts.since else None,
            "said": list(verdicts.said),
            "conditions": [
                each.model_dump(mode="json", by_alias=True) for each in closing.verified_by
            ],
        }
        why = f"传感器确认已恢复正常 confirmed: {'; '.join(verdicts.said)}"
        yield Step(Verb.CONFIRM, why, {"holds": True, **told})
    elif since is None and case.fed_back is not None:
        patience = longest(closing) + policy.send_back_after
        if now - case.fed_back < patience:
            return
        why = f"{spoken(patience)} after feed-back: {'; '.join(verdicts.missing)}"
        if verdicts.against and verdicts.against > now - policy.send_back_after:
            yield Step(Verb.REWORK, f"传感器仍未恢复正常 not solved, {why}", {})
        elif trusted:
            yield Step(Verb.ASK_INSPECT, f"传感器无法确认 its sensors cannot tell, {why}", {})
        return
    if trusted and verdicts.holds:
        outcome = Outcome.EXERCISE if case.exercise else Outcome.REAL
        why = "免核查类别，传感器确认后结案 its class trusts the sensor"
        yield Step(Verb.CLOSE, why, {"outcome": outcome})


def confirmed_since(case: Case, log: Sequence[Entry]) -> datetime | None:
    """Return since when what has been confirmed holds, None where nothing is."""
    if case.confirmed is None:
        return None
    line = next(entry for entry in reversed(log) if entry.verb is Verb.CONFIRM)
    since = line.details.get("since")
    return datetime.fromisoformat(since) if since else line.at


def longest(closing: Closing) -> timedelta:
    """Return how long confirming takes at least."""
    return max(
        timedelta(days=each.nights) if isinstance(each, Nights) else each.lasting
        for each in closing.verified_by
    )
