"""Mantlz: reads its submissions and opens its API. Light until a remote is opened: no HTTP library.

Facts: docs/contracts/mantlz.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from cache.models import JSONValue, Submission
from inbox_tui.providers import Endpoint
from inbox_tui.providers.items import BadItem, parse_time
from inbox_tui.providers.mantlz_wire import META, WireForm, WireSubmission
from inbox_tui.providers.people import find_contact
from inbox_tui.providers.shapes import shaped
from inbox_tui.providers.wrapped import answers, unwrap

if TYPE_CHECKING:
    from cache.sync.remote import Remote
    from inbox_tui.config import SourceConfig
    from inbox_tui.providers.http import JsonClient

__all__ = ["ENDPOINT", "PROVIDER", "decode", "decode_clean", "open_remote"]

PROVIDER: Final = "mantlz"
ENDPOINT: Final = Endpoint("https://api.mantlz.com/api/v1", header="X-API-Key", scheme="")


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
    wire = shaped(WireSubmission, item)
    created_at = parse_time(wire.created_at)
    if created_at is None:
        raise BadItem("unreadable createdAt", wire.id)
    form = shaped(WireForm, facts)
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
        contact=contact._replace(email=wire.email or contact.email),
    )


def open_remote(config: SourceConfig, client: JsonClient, clock: Callable[[], float]) -> Remote:
    """The API behind a configured source."""
    from inbox_tui.providers.mantlz_remote import MantlzRemote

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
