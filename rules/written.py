"""What all that people write in a rule pack has in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _as_tuple(written: Any) -> Any:
    return tuple(written) if isinstance(written, (list, tuple)) else (written,)


#: One name or a list of names.
Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
#: How pydantic tells plain text from {en, zh}; no field has such a name.
PLAIN = "<plain>"
Text = Annotated[str, Field(min_length=1)]
