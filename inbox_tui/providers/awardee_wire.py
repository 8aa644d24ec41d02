"""The JSON shapes of Awardee. Unknown keys are ignored; an optional value of another type counts as absent.

Facts: docs/contracts/awardee.md sections 1 to 3.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from inbox_tui.providers.items import MAX_ID

__all__ = ["WireList", "WireMe", "WireMember", "WirePage", "WireRecord", "WireSubmission"]

_T = TypeVar("_T")


class _Lenient(Generic[_T]):
    """Makes a value of the wrong type count as absent instead of spoiling the whole record."""

    def __init__(self, default: _T) -> None:
        self._default = default

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return core_schema.with_default_schema(handler(source), default=self._default, on_error="default")


_Id = Annotated[str, Field(min_length=1, max_length=MAX_ID)]
_Text = Annotated[str | None, _Lenient(None)]
_Ref = Annotated[Annotated[str, Field(min_length=1, max_length=MAX_ID)] | None, _Lenient(None)]
_Number = Annotated[Annotated[int, Field(strict=True, ge=0, lt=2**63)] | None, _Lenient(None)]
_Seconds = Annotated[Annotated[float, Field(strict=True, allow_inf_nan=False)] | None, _Lenient(None)]
_Name = Annotated[str, Field(min_length=1, max_length=MAX_ID)]


class WireRecord(BaseModel):
    """What all shapes share."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class WireSubmission(WireRecord):
    """One submission. The five triage values are not lenient: a wrong default would look like a fact."""

    id: _Id
    created_at: str
    submission_number: _Number = None
    page_id: _Ref = None
    status: _Name | None = None
    priority: _Name | None = None
    flagged: Annotated[bool, Field(strict=True)] | None = None
    assignee_id: _Name | None = None
    notes: str | None = None
    resolved_at: _Text = None
    resolved_by: _Ref = None
    data: Any = None
    metadata: Any = None
    destination: Any = None
    viewed_at: _Text = None
    duration_seconds: _Seconds = None
    qr_code_id: _Ref = None
    product_id: _Ref = None
    object_id: _Ref = None
    conversation_id: _Ref = None


class WireList(WireRecord):
    """The envelope of every list; the items are looked at one by one."""

    data: list[Any]
    has_more: Annotated[bool | None, _Lenient(None)] = None
    next_cursor: Annotated[str, Field(max_length=8192)] | None = None


class _WireOrg(WireRecord):
    id: _Ref = None
    name: _Text = None


class _WireAuth(WireRecord):
    type: _Text = None
    scopes: Annotated[list[str] | None, _Lenient(None)] = None


class _WireUser(WireRecord):
    id: _Ref = None
    first_name: _Text = None
    last_name: _Text = None


class _WireKey(WireRecord):
    id: _Ref = None


class WireMe(WireRecord):
    """Whose credential it is: an API key's shape and an OAuth token's shape in one."""

    org_name: _Text = None
    connection_label: _Text = None
    org: Annotated[_WireOrg | None, _Lenient(None)] = None
    auth: Annotated[_WireAuth | None, _Lenient(None)] = None
    user: Annotated[_WireUser | None, _Lenient(None)] = None
    api_key: Annotated[_WireKey | None, _Lenient(None)] = None


class WireMember(WireRecord):
    """A member of the team; `user_id` is what `assignee_id` holds, `id` is the membership."""

    user_id: _Id
    first_name: _Text = None
    last_name: _Text = None
    role: _Text = None


class WirePage(WireRecord):
    """A page of the site, on which forms live."""

    id: _Id
    title: _Text = None
    slug: _Text = None
