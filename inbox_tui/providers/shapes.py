"""What the JSON shapes of all systems share: how strictly a value is read, and what is said of a wrong one.

Unknown keys are ignored; an optional value of another type counts as absent.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from inbox_tui.providers.items import MAX_ID, BadItem

__all__ = ["Cursor", "Id", "Lenient", "Number", "Ref", "Text", "WireRecord", "shaped"]

_T = TypeVar("_T")


class Lenient(Generic[_T]):
    """Makes a value of the wrong type count as absent instead of spoiling the whole record."""

    def __init__(self, default: _T) -> None:
        self._default = default

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return core_schema.with_default_schema(handler(source), default=self._default, on_error="default")


Id = Annotated[str, Field(min_length=1, max_length=MAX_ID)]
Text = Annotated[str | None, Lenient(None)]
Ref = Annotated[Id | None, Lenient(None)]
Number = Annotated[Annotated[int, Field(strict=True, ge=0, lt=2**63)] | None, Lenient(None)]
Cursor = Annotated[str, Field(max_length=8192)] | None


class WireRecord(BaseModel):
    """What all shapes share."""

    model_config = ConfigDict(extra="ignore", frozen=True)


_R = TypeVar("_R", bound=WireRecord)


def shaped(shape: type[_R], item: object) -> _R:
    """Reads an item as a shape. Raises BadItem, which names the first key that does not fit."""
    try:
        return shape.model_validate(item)
    except ValidationError as exc:
        place = exc.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
        found = item.get("id") if isinstance(item, dict) else None
        known = found if isinstance(found, str) and 0 < len(found) <= MAX_ID else None
        # The library's error quotes the value, so it does not travel on.
        raise BadItem(f"unexpected {place[0] if place else 'shape'}", known) from None
