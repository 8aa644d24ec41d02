"""Awardee: reads its submissions and opens its API. Light until a remote is opened: no HTTP library.

Facts: docs/contracts/awardee.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from cache.models import Attribution, Destination, Field, JSONValue, Submission
from inbox_tui.providers import Endpoint
from inbox_tui.providers.awardee_wire import WireSubmission
from inbox_tui.providers.items import BadItem, clean_item, parse_time
from inbox_tui.providers.people import find_contact
from inbox_tui.providers.shapes import shaped

if TYPE_CHECKING:
    from cache.sync.remote import Remote
    from inbox_tui.config import SourceConfig
    from inbox_tui.providers.http import JsonClient

__all__ = ["ENDPOINT", "PROVIDER", "decode", "decode_clean", "open_remote"]

PROVIDER: Final = "awardee"
ENDPOINT: Final = Endpoint("https://api.awardee.dev/v1")

_new_field: Final = partial(tuple.__new__, Field)
"""Makes a Field of its five values, a fifth quicker than by its name: there are millions."""
_LAST: Final = 1e9
"""The order of an answer that states none."""


def decode(raw: Mapping[str, Any], source: str) -> Submission:
    """Makes a submission of one item of Awardee's JSON.

    Raises BadItem for an item without a usable id or time, with a triage value of another type, or out
    of bounds.
    """
    return decode_clean(clean_item(raw), source)


def decode_clean(item: Mapping[str, Any], source: str) -> Submission:
    """Makes a submission of an item that `clean_item` has given. Raises BadItem."""
    wire = shaped(WireSubmission, item)
    if wire.id in {".", ".."}:
        raise BadItem("unexpected id")
    created_at = parse_time(wire.created_at)
    if created_at is None:
        raise BadItem("unreadable created_at", wire.id)
    fields = _fields(wire.data)
    return Submission(
        source=source,
        provider=PROVIDER,
        id=wire.id,
        created_at=created_at,
        number=wire.submission_number,
        container_id=wire.page_id,
        status=wire.status or "new",
        priority=wire.priority or "none",
        flagged=bool(wire.flagged),
        assignee_id=wire.assignee_id,
        notes=wire.notes,
        resolved_at=parse_time(wire.resolved_at),
        resolved_by=wire.resolved_by,
        fields=fields,
        metadata=_metadata(wire.metadata),
        destination=_destination(wire.destination),
        viewed_at=parse_time(wire.viewed_at),
        duration_seconds=wire.duration_seconds,
        attribution=Attribution(
            qr_code_id=wire.qr_code_id,
            product_id=wire.product_id,
            object_id=wire.object_id,
            conversation_id=wire.conversation_id,
        ),
        contact=find_contact(fields),
    )


def open_remote(config: SourceConfig, client: JsonClient, clock: Callable[[], float]) -> Remote:
    """The API behind a configured source."""
    from inbox_tui.providers.awardee_remote import AwardeeRemote

    return AwardeeRemote(config.name, client, containers=config.containers)


def _fields(data: JSONValue) -> tuple[Field, ...]:
    """The answers in block order, ties by key; a shape nobody described is kept whole as one answer."""
    if data is None:
        return ()
    if not isinstance(data, dict):
        return (Field("data", "unknown", "data", data, 0.0),)
    fields = []
    for key, entry in data.items():
        if type(entry) is not dict or "value" not in entry:
            fields.append(_new_field((key, "unknown", key, entry, _LAST)))
            continue
        kind, label, order = entry.get("type"), entry.get("label"), entry.get("order")
        if type(kind) is not str or not kind:
            kind = "unknown"
        if type(label) is not str or not label:
            label = key
        if type(order) is not int and type(order) is not float:
            order = _LAST
        fields.append(_new_field((key, kind, label, entry["value"], order)))
    fields.sort(key=itemgetter(4, 0))  # by order, ties by key
    return tuple(fields)


def _metadata(metadata: JSONValue) -> Mapping[str, JSONValue]:
    if metadata is None:
        return {}
    return metadata if isinstance(metadata, dict) else {"metadata": metadata}


def _destination(destination: JSONValue) -> Destination | None:
    if destination is None:
        return None
    if isinstance(destination, dict) and isinstance(destination.get("type"), str):
        return Destination(destination["type"], destination.get("value"))
    return Destination("unknown", destination)
