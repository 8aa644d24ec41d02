"""What a system did with a submission by itself: delivered, judged, processed and answered it."""

from collections.abc import Mapping
from typing import Final

from cache.models import Reply, Spam, Submission
from cache.text import one_line
from inbox_tui.drawing.context import Setting
from inbox_tui.drawing.lines import Chunk, Line, Look, Piece, pair, said
from inbox_tui.drawing.told import system_name

__all__ = ["alerts", "outcome_lines", "percent", "reply_lines"]

_TEXT_LIMIT: Final = 600
_REPLY_LINES: Final = 400
_INDENT: Final = 2

_DELIVERIES: Final[Mapping[str, tuple[Look, str]]] = {
    "delivered": ("text", ""),
    "captured": ("text", ""),
    "optimistic": ("warning", "delivery unconfirmed: worth a look"),
    "deeplink_opened": ("warning", "perhaps not finished by the visitor"),
    "failed": ("error", "not delivered"),
}
"""By status the look, and what is said of it above the tabs: docs/contracts/mimicbot.md section 3.3."""
_RESULTS: Final[Mapping[str, tuple[Look, str]]] = {
    "pending": ("info", "pending: not finished yet"),
    "success": ("text", "success"),
    "failure": ("error", "failure"),
    "cancelled": ("warning", "cancelled"),
    "expired": ("warning", "expired: it was not finished in time"),
}
_PROCESSINGS: Final[Mapping[str, tuple[Look, str]]] = {
    "pending": ("info", "not processed yet"),
    "processing": ("info", "being processed"),
    "completed": ("text", "processed"),
    "skipped": ("warning", "not processed"),
    "failed": ("error", "processing failed"),
}
_REASONS: Final = {
    "ai_credits_exhausted": "the account has no AI credits left",
    "credits_exhausted": "the account has no AI credits left",
    "service_error": "an error at the provider",
}
_REPLIES: Final[Mapping[str, tuple[Look, str, str]]] = {
    "none": ("muted", "none yet", ""),
    "pending": ("muted", "none yet, or replies are off", ""),
    "completed": ("info", "a draft is ready", "a reply is drafted"),
    "awaiting_review": ("info", "a draft waits for somebody to review it", "a reply waits for review"),
    "awaiting_delivery": ("info", "on its way to the visitor", ""),
    "sent": ("text", "sent", ""),
    "delivered": ("text", "delivered", ""),
    "failed": ("error", "could not be sent", "the reply was not sent"),
    "delivery_failed": ("error", "could not be delivered", "the reply was not delivered"),
    "needs_human_reply": ("warning", "somebody has to answer", "somebody has to answer"),
    "skipped": ("muted", "not tried", ""),
    "exhausted": ("warning", "not tried: no credits are left", ""),
}
"""Look, words, and what is said above the tabs: docs/contracts/postbox.md section 3."""
_GONE_OUT: Final = ("sent", "delivered", "awaiting_delivery")


def alerts(submission: Submission) -> list[Chunk]:
    """What should be known before anything is done to the submission, each in a few words."""
    found: list[tuple[str, Look]] = []
    if (delivery := submission.delivery) is not None and delivery.status in _DELIVERIES:
        look, words = _DELIVERIES[delivery.status]
        found.append((words, look))
    if (spam := submission.spam) is not None and spam.flag:
        sure = f" ({percent(spam.confidence)})" if spam.confidence is not None else ""
        found.append((f"looks like spam{sure}", "warning"))
    if (processing := submission.processing) is not None and processing.status in _PROCESSINGS:
        look, words = _PROCESSINGS[processing.status]
        found.append((words if look != "text" else "", look))
    if (reply := submission.reply) is not None and reply.status in _REPLIES:
        look, _, words = _REPLIES[reply.status]
        found.append((words, look))
    return [(Piece(words, look),) for words, look in found if words]


def outcome_lines(submission: Submission, setting: Setting) -> list[Line]:
    """Result, delivery, spam check and processing, as far as the system tells of them."""
    lines: list[Line] = []
    if submission.result is not None:
        look, words = _RESULTS.get(submission.result, ("text", submission.result))
        lines += _labelled("Result", [(words, look)], setting)
    if (delivery := submission.delivery) is not None:
        # The detail of a status that is known begins with what it means; the rest is for those who dig.
        meaning, _, rest = (delivery.detail or "").partition("; ")
        if delivery.status not in _DELIVERIES:
            meaning, rest = delivery.status, delivery.detail or ""
        else:
            rest = "; ".join(filter(None, (delivery.status.replace("_", " "), rest)))
        look = _DELIVERIES.get(delivery.status, ("warning", ""))[0]
        lines += _labelled("Delivery", [(meaning or delivery.status, look), (rest, "muted")], setting)
    if submission.spam is not None:
        lines += _spam_lines(submission.spam, setting)
    if (processing := submission.processing) is not None:
        look, words = _PROCESSINGS.get(processing.status, ("text", processing.status))
        reason = _REASONS.get(processing.reason or "", processing.reason or "")
        lines += _labelled("Processing", [(words, look), (reason, "text")], setting)
    return lines


def percent(share: float) -> str:
    """A share between 0 and 1 in percent; what is not quite nothing or everything is not rounded to it."""
    if not 0 <= share <= 1:
        return "?"
    if 0 < share < 0.01:
        return "under 1%"
    return "over 99%" if 0.99 < share < 1 else f"{share:.0%}"


def _spam_lines(spam: Spam, setting: Setting) -> list[Line]:
    words = "looks like spam" if spam.flag else "not spam"
    if spam.confidence is not None:
        words += f", confidence {percent(spam.confidence)}"
    look: Look = "warning" if spam.flag else "text"
    return _labelled("Spam check", [(words, look), (spam.reason or "", "text")], setting)


def reply_lines(submission: Submission, setting: Setting) -> list[Line]:
    """The reply that was drafted or sent: how it stands, its subject and the whole text."""
    reply = submission.reply
    if reply is None:
        return []
    look, words, _ = _REPLIES.get(reply.status, ("text", reply.status, ""))
    at = f", {setting.time(reply.replied_at)}" if reply.replied_at is not None else ""
    state = f"{one_line(words, _TEXT_LIMIT)}{at}"
    lines = _labelled("Reply", [(state, look), (reply.reason or "", "text")], setting)
    if reply.subject:
        lines += _labelled("Subject", [(reply.subject, "text")], setting)
    if reply.content:
        content = setting.value(reply.content, setting.cells - _INDENT, limit=_REPLY_LINES)
        lines += [(Piece(" " * _INDENT), *line) for line in content]
        lines += said(_sending(reply, submission.provider), setting.cells)
    return lines


def _sending(reply: Reply, provider: str) -> str:
    """What can be done with the text of a reply (docs/contracts/postbox.md section 3)."""
    if reply.status in _GONE_OUT:
        return "y r copies it"
    return f"{system_name(provider)} has no way to send it from here; y r copies it"


def _labelled(label: str, parts: list[tuple[str, Look]], setting: Setting) -> list[Line]:
    """A label beside texts that each begin on a line of their own; empty ones are left out."""
    lines: list[Line] = []
    for text, look in parts:
        if shown := one_line(text, _TEXT_LIMIT):
            lines += said(shown, setting.value_width, look)
    return pair(label, lines, setting.label_width)
