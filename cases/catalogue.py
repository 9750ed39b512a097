"""Filing conditions: which problems a city takes up, how fast, and when they count as solved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError


class BadCatalogue(Exception):
    """A file of the catalogue cannot be used. ``args[0]`` names file, place and fault."""


class UnknownCondition(LookupError):
    """The catalogue has no such class or condition. ``args[0]`` says which, for the operator."""


class Data(BaseModel):
    """Base of what is read from the city's YAML files."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


Model = TypeVar("Model", bound=Data)


class Text(Data):
    zh: str
    en: str


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
    code: str = Field(pattern=r"^\d{2}(\d{2})?$")
    """Major and minor class; two digits only in local extensions."""
    kind: Literal["component", "event"]
    """A list may use one number for a component and for an event."""
    name: Text
    responsible: str
    """Role of the department, see departments.yml."""
    conditions: tuple[Condition, ...] = Field(min_length=1)


class CodeList(Data):
    code_list: str
    version: str
    source: str
    classes: tuple[ProblemClass, ...]


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
        return Text(zh=f"{name.zh}：{text.zh}", en=f"{name.en}: {text.en}")


UNLISTED = ("lifeline-local-1", "98", "unlisted")


class Catalogue:
    """All code lists in force; generations reuse numbers, so a code is nothing without its list."""

    def __init__(self, lists: Iterable[CodeList]) -> None:
        self._filings: dict[tuple[str, str, str], Filing] = {}
        for each in lists:
            for problem in each.classes:
                for condition in problem.conditions:
                    key = (each.code_list, problem.code, condition.slug)
                    if key in self._filings:
                        raise BadCatalogue(f"{each.code_list}: {key[1]} has two {key[2]!r}")
                    self._filings[key] = Filing(each.code_list, each.version, problem, condition)
        if UNLISTED not in self._filings:
            raise BadCatalogue(f"the catalogue needs {UNLISTED} for findings that no list names")

    def __iter__(self) -> Iterator[Filing]:
        return iter(self._filings.values())

    def condition(self, code_list: str, code: str, slug: str) -> Filing:
        """Return the condition; raises UnknownCondition."""
        try:
            return self._filings[code_list, code, slug]
        except KeyError:
            raise UnknownCondition(
                f"no filing condition {slug!r} for class {code} of {code_list}"
            ) from None

    def unlisted(self) -> Filing:
        """Return the condition under which people sort out what has none."""
        return self._filings[UNLISTED]


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Read every ``*.yml`` of `folder`, or the lists that come with the product."""
    return Catalogue(
        read_data(file, CodeList) for file in yaml_files(folder or files("cases.catalogues"))
    )


def yaml_files(folder: Traversable) -> list[Traversable]:
    return sorted((f for f in folder.iterdir() if f.name.endswith(".yml")), key=lambda f: f.name)


def read_data(file: Traversable, model: type[Model]) -> Model:
    """Read one YAML file; raises BadCatalogue naming file, place and fault."""
    try:
        return model.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise BadCatalogue(f"{file}: not YAML: {error}") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        )
        raise BadCatalogue(f"{file}: {faults}") from error
