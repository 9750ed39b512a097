"""The workflow as a page to read, written from the tables that decide, so that it cannot lag."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cases.details import DETAILS
from cases.guards import APART, GUARDS, SIDES, Guard
from cases.policy import Policy
from cases.stages import PAUSES, STAGE_OF
from cases.transitions import NEEDS_REASON, NEXT
from cases.words import LEVELS, Role, State, Verb, Word


def guide(policy: Policy) -> str:
    """Return the workflow in Markdown: steps, what each needs, who stands apart, the clocks."""
    return "\n".join(
        [
            "# The case workflow",
            "",
            "Written by `lifeline cases workflow` from the code that decides; do not edit.",
            "",
            "## Steps",
            "",
            "Who may take which step of a case that is in which state, and where it goes. Sent "
            f"back by {_named(Verb.REWORK)}, what was handed over is {_named(State.HANDED_OVER)} "
            "again: it goes to who said that it was done.",
            "",
            *_table(("state", "step", "who", "then"), _steps()),
            "",
            "## Words",
            "",
            "What may be said in several states and leaves a case where it is.",
            "",
            *_table(("word", "who", "in"), _words()),
            "",
            "## What a step needs",
            "",
            *_table(("step", "reason", "details", "refused when"), _needs()),
            "",
            "## Who stands apart",
            "",
            "Who has acted on one side in a case acts on no other in it; the system and leaders "
            "stand beside them. One person is one however the name is typed: capitals, blanks and "
            "the width of letters make no other.",
            "",
            *_table(("side", "roles"), _sides()),
            "",
            "On one side, whoever did the second may not do the first:",
            "",
            *_table(("step", "not after"), _apart()),
            "",
            "## Clocks",
            "",
            "The clock of a state's stage runs while the case is in it, and ends when it leaves; "
            "limits of the desks are the city's policy. A step counts from when it is taken, but "
            "never from before the last that started or stopped a clock, should the clock of the "
            "system be set back; a suspension ends on its day, whoever ends it later.",
            "",
            *_table(("stage", "in", "limit", "stands, and goes on, after"), _clocks(policy)),
            "",
            "What is overdue goes up a level at its deadline, and another after each further "
            f"{policy.escalate_again:g} of its limit: "
            + ", ".join(f"{zh} {en}" for en, zh in LEVELS)
            + ". The level is the case's: it stays when another stage or department has it, and "
            "begins anew when the case is reopened.",
            "",
        ]
    )


def _named(word: Word) -> str:
    return f"{word.zh} `{word}`"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = list(head)
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


#: Said in many states; told apart, so that the steps stand out.
WORDS = (Verb.NOTE, Verb.URGE, Verb.SUPERVISE, Verb.ESCALATE, Verb.JOIN, Verb.AMEND)


def _who(roles: frozenset[Role]) -> str:
    if len(roles) == len(Role):
        return "全部 all"
    return ", ".join(role.zh for role in Role if role in roles)


def _steps() -> Iterator[tuple[str, ...]]:
    for state in State:
        for verb in Verb:
            if (state, verb) in NEXT and verb not in WORDS:
                move = NEXT[state, verb]
                then = "stays" if move.after is state else _named(move.after)
                yield _named(state), _named(verb), _who(move.roles), then


def _words() -> Iterator[tuple[str, ...]]:
    for verb in WORDS:
        states = [state for state in State if (state, verb) in NEXT]
        where = "every state" if len(states) == len(State) else ", ".join(s.zh for s in states)
        yield _named(verb), _who(NEXT[states[0], verb].roles), where


def _needs() -> Iterator[tuple[str, ...]]:
    for verb in Verb:
        told = DETAILS.get(verb)
        names = [name for name in told.model_fields if name != "photos"] if told else []
        fields = "; ".join(
            f"`{name}`: {told.model_fields[name].description}" for name in names if told
        )
        guards = "; ".join(_sentence(guard) for guard in GUARDS.get(verb, ()))
        reason = "yes" if verb in NEEDS_REASON else ""
        if reason or fields or guards:
            yield _named(verb), reason, fields, guards


def _sentence(guard: Guard) -> str:
    return (guard.__doc__ or "").strip().rstrip(".")


def _sides() -> Iterator[tuple[str, ...]]:
    for side, roles in SIDES.items():
        yield side, ", ".join(_named(role) for role in Role if role in roles)


def _apart() -> Iterator[tuple[str, ...]]:
    for verb, others in APART.items():
        yield _named(verb), ", ".join(map(_named, others))


def _clocks(policy: Policy) -> Iterator[tuple[str, ...]]:
    for stage in dict.fromkeys(STAGE_OF.values()):
        states = ", ".join(state.zh for state, each in STAGE_OF.items() if each is stage)
        limit = policy.stages.get(stage)
        said = f"{limit.amount:g} {limit.time_class}" if limit else "of the filing condition"
        stands = ", ".join(_named(verb) for of, verb in sorted(PAUSES) if of is stage)
        yield _named(stage), states, said, stands
