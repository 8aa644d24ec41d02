"""Mimicbot: reads its submissions and opens its API. Light until a remote is opened: no HTTP library.

Facts: docs/contracts/mimicbot.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from cache.models import Attribution, Delivery, JSONValue, Submission
from inbox_tui.providers import Endpoint
from inbox_tui.providers.items import MAX_ID, BadItem, parse_time
from inbox_tui.providers.people import find_contact
from inbox_tui.providers.wrapped import answers, identifier, text, unwrap

if TYPE_CHECKING:
    from cache.sync.remote import Remote
    from inbox_tui.config import SourceConfig
    from inbox_tui.providers.http import JsonClient

__all__ = ["ENDPOINT", "PROVIDER", "decode", "decode_clean", "open_remote"]

PROVIDER: Final = "mimicbot"
ENDPOINT: Final = Endpoint("https://api.mimicbot.app")

_MEANINGS: Final[Mapping[str, str]] = {
    "delivered": "a good sign was seen",
    "captured": "kept by the server, no form on a page was involved",
    "optimistic": "probably sent, unconfirmed: worth a look",
    "deeplink_opened": "the visitor was sent to the page and may not have finished",
    "failed": "not delivered: somebody has to look at it",
}
"""What a delivery status says to a person (docs/contracts/mimicbot.md section 3.3)."""


def decode(raw: Mapping[str, Any], source: str) -> Submission:
    """Makes a submission of one item of Mimicbot's JSON, stored as `inbox_tui.providers.wrapped` says.

    Of the bot `action` may be told too: `{"label": ...}`. Raises BadItem for an item without a usable id or
    time, or out of bounds.
    """
    return decode_clean(*unwrap(raw), source)


def decode_clean(item: Mapping[str, Any], bot: Mapping[str, Any], source: str) -> Submission:
    """Makes a submission of an item within bounds and what is known of its bot. Raises BadItem."""
    found = identifier(item)
    created_at = parse_time(item.get("createdAt"))
    if created_at is None:
        raise BadItem("unreadable createdAt", found)
    fields = answers(item.get("params"), bot, whole="params")
    contact_metadata = item.get("contactMetadata")
    return Submission(
        source=source,
        provider=PROVIDER,
        id=found,
        created_at=created_at,
        container_id=_reference(item, "botId") or _reference(bot, "id"),
        container_name=text(bot, "name"),
        fields=fields,
        metadata=_metadata(contact_metadata, text(bot, "action")),
        completed_at=parse_time(item.get("completedAt")),
        attribution=Attribution(
            conversation_id=_reference(item, "conversationId"),
            visitor_id=_reference(item, "visitorId"),
            action_id=_reference(item, "actionId"),
        ),
        contact=find_contact(fields),
        result=text(item, "result"),
        delivery=_delivery(contact_metadata),
    )


def open_remote(config: SourceConfig, client: JsonClient, clock: Callable[[], float]) -> Remote:
    """The API behind a configured source."""
    from inbox_tui.providers.mimicbot_remote import MimicbotRemote

    return MimicbotRemote(config.name, client, clock=clock, containers=config.containers)


def _reference(item: Mapping[str, Any], name: str) -> str | None:
    found = text(item, name)
    return found if found is not None and len(found) <= MAX_ID else None


def _metadata(contact_metadata: JSONValue, action: str | None) -> Mapping[str, JSONValue]:
    """What is known of the delivery, all of it, and the label of the action."""
    if isinstance(contact_metadata, dict):
        known = dict(contact_metadata)
    else:
        known = {} if contact_metadata is None else {"contactMetadata": contact_metadata}
    return {"action": action, **known} if action is not None else known


def _delivery(contact_metadata: JSONValue) -> Delivery | None:
    """The status in Mimicbot's word, and how it came about as a sentence without its full stop."""
    if not isinstance(contact_metadata, dict):
        return None
    status = text(contact_metadata, "deliveryStatus")
    parts = [_MEANINGS.get(status or "")]
    parts += [_spelled(text(contact_metadata, name)) for name in ("deliveryMethod", "signalSource")]
    network, waited = contact_metadata.get("networkStatus"), contact_metadata.get("submitToSignalMs")
    if isinstance(network, (int, float)) and not isinstance(network, bool):
        parts.append(f"status {network:g}")
    if isinstance(waited, (int, float)) and not isinstance(waited, bool):
        parts.append(f"after {waited / 1000:.1f} s")
    detail = "; ".join(part for part in parts if part)
    if status is None and not detail:
        return None
    return Delivery(status or "unknown", detail or None)


def _spelled(word: str | None) -> str | None:
    return word.replace("_", " ") if word is not None else None
