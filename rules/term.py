"""A version of a rule, and the device times that it judges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from rules.event import Episode, Event
from rules.pack import RuleSet
from rules.schema import Rule, Status
from rules.signal import BEGINNING_OF_TIME, END_OF_TIME


@dataclass(frozen=True, slots=True)
class Term:
    """A version of a rule judges what its signals raise in [since, until), device time.

    A term on trial (`shadow`) stands beside the version in force; it opens no cases.
    """

    rule: Rule
    since: np.datetime64 = BEGINNING_OF_TIME
    until: np.datetime64 = END_OF_TIME

    @property
    def shadow(self) -> bool:
        return self.rule.status is Status.SHADOW

    @property
    def name(self) -> str:
        """The same whether or not it has ended by now."""
        return f"{self.rule.id}|{self.rule.version}|{self.rule.status}|{self.since.astype('i8')}"

    def has(self, event: Event) -> bool:
        """Say whether an event of its rule is this term's to judge."""
        ours = event.rule == self.rule.id and event.shadow == self.shadow
        if self.shadow and event.version != self.rule.version:
            return False
        return ours and bool(self.since <= event.began < self.until)

    def clip(self, episode: Episode) -> Episode | None:
        """Return what of an episode is this term's, None for nothing.

        One that stood when the term began is taken up as it stood then, and counts from
        there; one that stands when the term ends is over with it.
        """
        over = episode.cleared is not None and episode.cleared <= self.since
        if over or episode.raised >= self.until:
            return None
        if episode.began < self.since:
            episode = replace(
                episode,
                began=self.since,
                raised=max(episode.raised, self.since),
                found=max(episode.found, self.since),
            )
        if self.until < END_OF_TIME and (episode.cleared is None or episode.cleared > self.until):
            episode = replace(episode, cleared=self.until)
        return episode


def ordered(terms: RuleSet | Iterable[Term]) -> list[Term]:
    """Return terms, each after those of the rules that explain it.

    Rules by themselves have always been in force, and go on to be. Versions of different
    times may explain each other in a circle; there the order of the names decides, so that
    it depends on nothing but the terms.
    """
    if isinstance(terms, RuleSet):
        terms = [Term(rule) for rule in terms.judged()]
    given = sorted(terms, key=lambda term: term.name)
    by_rule: dict[str, list[Term]] = {}
    for term in given:
        by_rule.setdefault(term.rule.id, []).append(term)
    placed: dict[str, Term] = {}
    path: set[str] = set()

    def visit(term: Term) -> None:
        if term.name in placed or term.name in path:
            return
        path.add(term.name)
        for explanation in term.rule.leans_on:
            for other in by_rule.get(explanation.rule, ()):
                visit(other)
        placed[term.name] = term

    for term in given:
        visit(term)
    return list(placed.values())
