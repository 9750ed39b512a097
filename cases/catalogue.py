"""Filing conditions: which problems a city takes up, how fast, and when they count as solved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field, field_validator

from cases.codes import COMPONENT_CODES, Split, extensions_out_of_order, split_of
from cases.data import BadCatalogue as BadCatalogue
from cases.data import Data as Data
from cases.data import Text as Text
from cases.data import read_data as read_data
from cases.data import yaml_files as yaml_files
from cases.versions import Versioned, apart


class UnknownCondition(LookupError):
    """The catalogue has no such class or condition. ``args[0]`` says which, for the operator."""


class TimeClass(StrEnum):
    EMERGENCY_HOURS = "emergency-hours"  #: 紧急工作时, clock hours, nights and holidays included
    WORKING_HOURS = "working-hours"  #: 工作时, only inside working time
    WORKING_DAYS = "working-days"  #: 工作日, each of them 8 working hours


class Limit(Data):
    amount: float = Field(gt=0)
    """How many hours or days of the class."""
    time_class: TimeClass = Field(alias="class")


class Condition(Data):
    slug: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    """The name that rule packs use."""
    text: Text
    limit: Limit
    """Time the responsible department has."""
    closed_when: Text
    """What must hold before the case may be closed."""
    source: str = "own default"


class ProblemClass(Data):
    code: str = Field(pattern=r"^\d{2}(\d{2,3})?$")
    """Major and minor class; two digits only in local extensions."""
    kind: Literal["component", "event"]
    """A list may use one number for a component and for an event."""
    name: Text
    local: bool = False
    """The city's own extension: two digits count down from 99, three are 080 to 999."""
    responsible: str
    """Role of the department, see departments.yml."""
    conditions: tuple[Condition, ...] = Field(min_length=1)

    @property
    def extends(self) -> bool:
        return self.local or len(self.code) == 2


class CodeList(Versioned):
    code_list: str
    component_codes: tuple[str, ...] = COMPONENT_CODES
    """Digits of county, major and minor class, (subclass) and serial: one form a length."""
    classes: tuple[ProblemClass, ...]

    @field_validator("component_codes")
    @classmethod
    def _one_form_a_length(cls, forms: tuple[str, ...]) -> tuple[str, ...]:
        lengths = [sum(width for _, width in split_of(form)) for form in forms]
        if len(set(lengths)) < len(lengths):
            raise ValueError(f"{', '.join(forms)}: two forms have one length")
        return forms

    def split(self, code: str) -> Split | None:
        """Return how a component's code of this list is taken apart, by its length."""
        splits = map(split_of, self.component_codes)
        return next((s for s in splits if sum(width for _, width in s) == len(code)), None)


class Filing(NamedTuple):
    """One condition with the class and the list it stands in."""

    code_list: str
    version: str
    problem: ProblemClass
    condition: Condition

    @property
    def title(self) -> Text:
        name, text = self.problem.name, self.condition.text
        if self.problem.kind == "event":
            return name
        return Text(zh=f"{name.zh}：{text.zh}", en=": ".join(filter(None, (name.en, text.en))))


UNLISTED = ("lifeline-local-1", "98", "unlisted")


class Catalogue:
    """All code lists in all versions. Generations reuse numbers: a code needs its list.

    A list may be split over files: parts of one version are one. Without a time, the newest
    version that has a condition answers; a case is filed by the version of its time.
    """

    def __init__(self, lists: Iterable[CodeList]) -> None:
        self._versions: dict[str, list[CodeList]] = {}
        self._filings: dict[tuple[str, str, str, str], Filing] = {}
        parts: dict[str, dict[str, CodeList]] = {}
        for each in lists:
            known = parts.setdefault(each.code_list, {})
            known[each.version] = _joined(known.get(each.version), each)
        for code_list, by_version in parts.items():
            self._versions[code_list] = apart(code_list, by_version.values())
            self._check_extensions(code_list)
        for each in self.lists:
            for problem in each.classes:
                for condition in problem.conditions:
                    key = (each.code_list, each.version, problem.code, condition.slug)
                    if key in self._filings:
                        raise BadCatalogue(f"{each.code_list}: {key[2]} has two {key[3]!r}")
                    self._filings[key] = Filing(each.code_list, each.version, problem, condition)
        if not any((key[0], *key[2:]) == UNLISTED for key in self._filings):
            raise BadCatalogue(f"the catalogue needs {UNLISTED} for findings that no list names")

    @property
    def lists(self) -> list[CodeList]:
        """Every version of every list, newest first."""
        return [version for versions in self._versions.values() for version in versions]

    def versions(self, code_list: str) -> list[CodeList]:
        return list(self._versions.get(code_list, ()))

    def __iter__(self) -> Iterator[Filing]:
        """Yield each condition once, as the newest version that has it says."""
        seen = set()
        for (code_list, _, code, slug), filing in self._filings.items():
            if (code_list, code, slug) not in seen:
                seen.add((code_list, code, slug))
                yield filing

    def in_force(self, at: datetime) -> Iterator[Filing]:
        versions = {(v.code_list, v.version) for v in self.lists if v.is_in_force(at)}
        return (filing for filing in self._filings.values() if filing[:2] in versions)

    def classes(
        self, code: str, code_list: str | None = None, kind: str | None = None
    ) -> list[tuple[str, ProblemClass]]:
        """Return the classes of a number with their lists, as the newest versions have them."""
        found = {
            (f.code_list, f.problem.kind): f.problem
            for f in reversed([*self])
            if f.problem.code == code
            and code_list in (None, f.code_list)
            and kind in (None, f.problem.kind)
        }
        return [(key[0], found[key]) for key in sorted(found)]

    def condition(
        self, code_list: str, code: str, slug: str, *, at: datetime | None = None
    ) -> Filing:
        """Return the condition, of the version in force `at`; raises UnknownCondition."""
        for version in self._versions.get(code_list, ()):
            filing = self._filings.get((code_list, version.version, code, slug))
            if filing and (at is None or version.is_in_force(at)):
                return filing
        then = f" at {at:%Y-%m-%d %H:%M %Z}" if at else ""
        raise UnknownCondition(
            f"no filing condition {slug!r} for class {code} of {code_list}{then}"
        )

    def unlisted(self) -> Filing:
        """Return the condition under which people sort out what has none."""
        return self.condition(*UNLISTED)

    def _check_extensions(self, code_list: str) -> None:
        codes = {p.code for v in self._versions[code_list] for p in v.classes if p.extends}
        if wrong := extensions_out_of_order(codes):
            raise BadCatalogue(f"{code_list}: {wrong[0][1]}")


def _joined(part: CodeList | None, other: CodeList) -> CodeList:
    if part is None:
        return other
    if (part.in_force_from, part.in_force_until) != (other.in_force_from, other.in_force_until):
        raise BadCatalogue(
            f"{part.code_list}: version {part.version} is in force at two different times"
        )
    return part.model_copy(update={"classes": (*part.classes, *other.classes)})


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Read every ``*.yml`` of `folder`, or the lists that come with the product."""
    return Catalogue(lists_of(folder))


def lists_of(folder: Path | None = None) -> Sequence[CodeList]:
    return [read_data(file, CodeList) for file in yaml_files(folder or files("cases.catalogues"))]
