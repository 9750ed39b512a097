"""The city's own data, read from YAML: every field is checked, every fault has its place."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError


class BadCatalogue(Exception):
    """The city's data cannot be used. ``args[0]`` names file, place and fault."""


class Data(BaseModel):
    """Base of what is read from the city's YAML files."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, populate_by_name=True
    )


Model = TypeVar("Model", bound=Data)


class Text(Data):
    zh: str
    en: str

    def __str__(self) -> str:
        return " ".join(filter(None, (self.zh, self.en)))


def yaml_files(folder: Traversable) -> list[Traversable]:
    return sorted((f for f in folder.iterdir() if f.name.endswith(".yml")), key=lambda f: f.name)


def read_data(file: Traversable, model: type[Model]) -> Model:
    """Read one YAML file; raises BadCatalogue naming file, place and fault."""
    try:
        return model.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise BadCatalogue(f"{file}: not YAML: {error}") from error
    except ValidationError as error:
        raise BadCatalogue(f"{file}: {faults_of(error)}") from error


def faults_of(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}"
        for fault in error.errors(include_url=False)
    )
