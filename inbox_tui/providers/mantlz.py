"""Mantlz: reads its submissions and opens its API. Light until a remote is opened: no HTTP library.

Facts: docs/contracts/mantlz.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from cache.models import JSONValue, Submission
from inbox_tui.providers.items import BadItem, parse_time
from inbox_tui.providers.mantlz_wire import META, WireForm, WireSubmission
from inbox_tui.providers.people import find_contact
from inbox_tui.providers.wrapped import answers, unwrap

if TYPE_CHECKING:
    import httpx

    from cache.sync.remote import Remote
    from inbox_tui.config import SourceConfig
    from inbox_tui.secrets import Secret

__all__ = ["BASE_URL", "PROVIDER", "decode", "decode_clean", "open_remote"]

PROVIDER: Final = "mantlz"
BASE_URL: Final = "https://api.mantlz.com/api/v1"


def decode(raw: Mapping[str, Any], source: str) -> Submission:
    """Makes a submission of what is stored of one: the item and its form (`inbox_tui.providers.wrapped`).

    Raises BadItem for an item without a usable id or time, or out of bounds.
    """
    return decode_clean(*unwrap(raw), source)


def decode_clean(item: Mapping[str, Any], facts: Mapping[str, JSONValue], source: str) -> Submission:
    """Makes a submission of a clean item and what is known of its form. Raises BadItem.

    The answers are the members of `data` but for its `_meta`, which holds browser, country and time; where
    the form asks for a field of that name, or no object stands there, it is an answer like any other
    (docs/contracts/mantlz.md section 3.1).
    """
    try:
        wire = WireSubmission.model_validate(item)
    except ValidationError as exc:
        place = exc.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
        # The library's error quotes the value, so it does not travel on.
        raise BadItem(f"unexpected {place[0]}", _id_of(item)) from None
    created_at = parse_time(wire.created_at)
    if created_at is None:
        raise BadItem("unreadable createdAt", wire.id)
    try:
        form = WireForm.model_validate(facts)
    except ValidationError:
        form = WireForm()
    data, metadata = _parted(wire.data, facts)
    fields = answers(data, facts)
    contact = find_contact(fields)
    return Submission(
        source=source,
        provider=PROVIDER,
        id=wire.id,
        created_at=created_at,
        container_id=form.id,
        container_name=form.name,
        fields=fields,
        metadata=metadata,
        contact=replace(contact, email=wire.email or contact.email),
    )


def open_remote(
    config: SourceConfig,
    secret: Secret,
    *,
    clock: Callable[[], float],
    deadline: float,
    transport: httpx.AsyncBaseTransport | None,
) -> Remote:
    """Opens the API behind a configured source. Raises Misconfigured."""
    from inbox_tui.providers.http import JsonClient, Wire
    from inbox_tui.providers.mantlz_remote import MantlzRemote

    wire = Wire(
        source=config.name,
        base_url=config.base_url or BASE_URL,
        secret=secret,
        header="X-API-Key",
        scheme="",
        proxy=config.proxy,
        ca_file=config.ca_file,
    )
    client = JsonClient(wire, clock=clock, deadline=deadline, transport=transport)
    return MantlzRemote(config.name, client, clock=clock, containers=config.containers)


def _parted(data: JSONValue, facts: Mapping[str, JSONValue]) -> tuple[JSONValue, Mapping[str, JSONValue]]:
    """The answers, and what the system noted about the visit."""
    if not isinstance(data, Mapping):
        return data, {}
    meta = data.get(META)
    asked = facts.get("fields")
    is_asked = isinstance(asked, list) and any(
        isinstance(field, Mapping) and field.get("name") == META for field in asked
    )
    if not isinstance(meta, Mapping) or is_asked:
        return data, {}
    return {key: value for key, value in data.items() if key != META}, meta


def _id_of(item: Mapping[str, Any]) -> str | None:
    identifier = item.get("id")
    return identifier if isinstance(identifier, str) and 0 < len(identifier) <= 200 else None
