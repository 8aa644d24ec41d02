"""The JSON shapes of Awardee.

Facts: docs/contracts/awardee.md sections 1 to 3.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from inbox_tui.providers.shapes import Cursor, Id, Lenient, Number, Ref, Text, WireRecord

__all__ = ["WireList", "WireMe", "WireMember", "WirePage", "WireSubmission"]

_Seconds = Annotated[Annotated[float, Field(strict=True, allow_inf_nan=False)] | None, Lenient(None)]


class WireSubmission(WireRecord):
    """One submission. The five triage values are not lenient: a wrong default would look like a fact."""

    id: Id
    created_at: str
    submission_number: Number = None
    page_id: Ref = None
    status: Id | None = None
    priority: Id | None = None
    flagged: Annotated[bool, Field(strict=True)] | None = None
    assignee_id: Id | None = None
    notes: str | None = None
    resolved_at: Text = None
    resolved_by: Ref = None
    data: Any = None
    metadata: Any = None
    destination: Any = None
    viewed_at: Text = None
    duration_seconds: _Seconds = None
    qr_code_id: Ref = None
    product_id: Ref = None
    object_id: Ref = None
    conversation_id: Ref = None


class WireList(WireRecord):
    """The envelope of every list; the items are looked at one by one."""

    data: list[Any]
    has_more: Annotated[bool | None, Lenient(None)] = None
    next_cursor: Cursor = None


class _WireOrg(WireRecord):
    id: Ref = None
    name: Text = None


class _WireAuth(WireRecord):
    scopes: Annotated[list[str] | None, Lenient(None)] = None


class _WireUser(WireRecord):
    id: Ref = None
    first_name: Text = None
    last_name: Text = None


class _WireKey(WireRecord):
    id: Ref = None


class WireMe(WireRecord):
    """Whose credential it is: an API key's shape and an OAuth token's shape in one."""

    org_name: Text = None
    org: Annotated[_WireOrg | None, Lenient(None)] = None
    auth: Annotated[_WireAuth | None, Lenient(None)] = None
    user: Annotated[_WireUser | None, Lenient(None)] = None
    api_key: Annotated[_WireKey | None, Lenient(None)] = None


class WireMember(WireRecord):
    """A member of the team; `user_id` is what `assignee_id` holds, `id` is the membership."""

    user_id: Id
    first_name: Text = None
    last_name: Text = None
    role: Text = None


class WirePage(WireRecord):
    """A page of the site, on which forms live."""

    id: Id
    title: Text = None
    slug: Text = None
