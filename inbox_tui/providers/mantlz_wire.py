"""The JSON shapes of Mantlz.

Facts: docs/contracts/mantlz.md section 3.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from inbox_tui.providers.shapes import Cursor, Id, Lenient, Number, Ref, Text, WireRecord

__all__ = [
    "META",
    "WireForm",
    "WireForms",
    "WireListedForm",
    "WireQuestion",
    "WireSchema",
    "WireSubmission",
    "WireSubmissions",
]

META: Final = "_meta"
"""Where `data` has what the system noted about the visit."""


class WireSubmission(WireRecord):
    """One submission. `email` is the answer of that name where it is a text."""

    id: Id
    created_at: str = Field(alias="createdAt")
    email: Text = None
    data: Any = None


class WireForm(WireRecord):
    """The form a submission was stored with."""

    id: Ref = None
    name: Text = None


class WireSubmissions(WireRecord):
    """A page of submissions; the items are looked at one by one. The plan is told with every page."""

    submissions: list[Any]
    next_cursor: Cursor = Field(None, alias="nextCursor")
    plan: Text = None


class WireForms(WireRecord):
    """A page of forms."""

    forms: list[Any]
    next_cursor: Cursor = Field(None, alias="nextCursor")


class WireListedForm(WireRecord):
    """A form as the list has it."""

    id: Id
    name: Text = None
    count: Number = Field(None, alias="submissionCount")
    created_at: Text = Field(None, alias="createdAt")


class WireQuestion(WireRecord):
    """A field of a form. `name` is the key of its answers, and `id` is the same."""

    id: Ref = None
    name: Ref = None
    label: Text = None
    type: Text = None


class WireSchema(WireRecord):
    """A form with its fields."""

    fields: Annotated[list[Any] | None, Lenient(None)] = None
