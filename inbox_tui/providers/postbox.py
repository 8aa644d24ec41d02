"""Postbox: reads its submissions in all three published states and opens its API.

Light until a remote is opened: no HTTP library. Facts: docs/contracts/postbox.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from cache.models import Attribution, JSONValue, Processing, Reply, Spam, Submission
from inbox_tui.providers import Endpoint
from inbox_tui.providers.items import MAX_ID, BadItem, parse_time
from inbox_tui.providers.people import find_contact
from inbox_tui.providers.wrapped import answers, identifier, text, unwrap

if TYPE_CHECKING:
    from cache.sync.remote import Remote
    from inbox_tui.config import SourceConfig
    from inbox_tui.providers.http import JsonClient

__all__ = ["ENDPOINT", "ON_ITS_WAY", "PROVIDER", "decode", "decode_clean", "open_remote"]

PROVIDER: Final = "postbox"
ENDPOINT: Final = Endpoint("https://usepostbox.com")
ON_ITS_WAY: Final = frozenset({"pending", "processing"})
"""The states of processing that pass by themselves (docs/contracts/postbox.md section 3)."""


def decode(raw: Mapping[str, Any], source: str) -> Submission:
    """Makes a submission of one item of Postbox's JSON, stored as `inbox_tui.providers.wrapped` says.

    Raises BadItem for an item without a usable id or time, or out of bounds.
    """
    return decode_clean(*unwrap(raw), source)


def decode_clean(item: Mapping[str, Any], form: Mapping[str, Any], source: str) -> Submission:
    """Makes a submission of an item within bounds and what is known of its form. Raises BadItem."""
    found = identifier(item)
    created_at = parse_time(item.get("created_at")) or parse_time(item.get("inserted_at"))
    if created_at is None:
        raise BadItem("unreadable created_at", found)
    data = item.get("data")
    fields = answers(data, form)
    spam = _spam(item)
    translated = item.get("translated_data")
    metadata = item.get("metadata")
    processing = text(item, "processing_status")
    return Submission(
        source=source,
        provider=PROVIDER,
        id=found,
        created_at=created_at,
        container_id=text(form, "id"),
        container_name=text(form, "name"),
        status="spam" if spam is not None and spam.flag else "new",
        fields=fields,
        metadata=metadata if isinstance(metadata, dict) else {},
        attribution=Attribution(visitor_id=_visitor(data)),
        contact=find_contact(fields),
        spam=spam,
        language=text(item, "original_language", "detected_language"),
        translation=translated if isinstance(translated, dict) else None,
        reply=_reply(item),
        processing=Processing(processing, text(item, "processing_reason")) if processing else None,
    )


def open_remote(config: SourceConfig, client: JsonClient, clock: Callable[[], float]) -> Remote:
    """The API behind a configured source."""
    from inbox_tui.providers.postbox_remote import PostboxRemote

    return PostboxRemote(config.name, client, clock=clock, containers=config.containers)


def _spam(item: Mapping[str, Any]) -> Spam | None:
    """The verdict, under both of its names (docs/contracts/postbox.md section 6)."""
    flag = next((item[name] for name in ("spam_flag", "spam") if isinstance(item.get(name), bool)), None)
    confidence = item.get("spam_confidence")
    share: float | None = None
    if isinstance(confidence, (int, float)) and not isinstance(confidence, bool) and 0 <= confidence <= 1:
        share = float(confidence)
    reason = text(item, "spam_reason")
    if flag is None and share is None and reason is None:
        return None
    return Spam(bool(flag), share, reason)


def _reply(item: Mapping[str, Any]) -> Reply | None:
    """The reply in the word of the state that is served; None where replies are off and nothing is said."""
    status, content = text(item, "reply_status"), text(item, "reply_content")
    reason, replied_at = text(item, "reply_reason"), parse_time(item.get("replied_at"))
    if status is None and content is None and reason is None and replied_at is None:
        return None
    return Reply(status or "none", content, text(item, "reply_subject"), reason, replied_at)


def _visitor(data: JSONValue) -> str | None:
    """The id that a form itself gave to a browser, where it has a field for it."""
    found = text(data, "visitor_id") if isinstance(data, dict) else None
    return found if found is not None and len(found) <= MAX_ID else None
