"""The JSON shapes of Mantlz. Unknown keys are ignored; an optional value of another type counts as absent.

Facts: docs/contracts/mantlz.md section 3.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from inbox_tui.providers.items import MAX_ID

__all__ = [
    "META",
    "WireForm",
    "WireForms",
    "WireListedForm",
    "WireQuestion",
    "WireRecord",
    "WireSchema",
    "WireSubmission",
    "WireSubmissions",
]

META: Final = "_meta"
"""Where `data` has what the system noted about the visit."""

_T = TypeVar("_T")


class _Lenient(Generic[_T]):
    """Makes a value of the wrong type count as absent instead of spoiling the whole record."""

    def __init__(self, default: _T) -> None:
        self._default = default

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return core_schema.with_default_schema(handler(source), default=self._default, on_error="default")


_Id = Annotated[str, Field(min_length=1, max_length=MAX_ID)]
_Text = Annotated[str | None, _Lenient(None)]
_Ref = Annotated[_Id | None, _Lenient(None)]
_Count = Annotated[Annotated[int, Field(strict=True, ge=0)] | None, _Lenient(None)]
_Cursor = Annotated[str, Field(max_length=8192)] | None


class WireRecord(BaseModel):
    """What all shapes share."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class WireSubmission(WireRecord):
    """One submission. `email` is the answer of that name where it is a text."""

    id: _Id
    created_at: str = Field(alias="createdAt")
    email: _Text = None
    data: Any = None


class WireForm(WireRecord):
    """The form a submission was stored with."""

    id: _Ref = None
    name: _Text = None


class WireSubmissions(WireRecord):
    """A page of submissions; the items are looked at one by one. The plan is told with every page."""

    submissions: list[Any]
    next_cursor: _Cursor = Field(None, alias="nextCursor")
    plan: _Text = None


class WireForms(WireRecord):
    """A page of forms."""

    forms: list[Any]
    next_cursor: _Cursor = Field(None, alias="nextCursor")


class WireListedForm(WireRecord):
    """A form as the list has it."""

    id: _Id
    name: _Text = None
    count: _Count = Field(None, alias="submissionCount")
    created_at: _Text = Field(None, alias="createdAt")


class WireQuestion(WireRecord):
    """A field of a form. `name` is the key of its answers, and `id` is the same."""

    id: _Ref = None
    name: _Ref = None
    label: _Text = None
    type: _Text = None


class WireSchema(WireRecord):
    """A form with its fields."""

    fields: Annotated[list[Any] | None, _Lenient(None)] = None
