"""The conversation tab: what visitor and assistant said before the form was filled in."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from cache.models import Message, Submission
from cache.text import one_line
from inbox_tui.drawing.context import NAME_LIMIT, TAB_LINES, Setting
from inbox_tui.drawing.lines import Chunk, Line, Look, Piece, flow, said
from inbox_tui.format import thousands

__all__ = ["Conversation", "conversation_lines", "has_conversation"]

_INDENT: Final = 2
_SENTENCE_LIMIT: Final = 400
_ROLES: Final = {"user": "visitor", "assistant": "assistant", "system": "system"}


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is known of a conversation."""

    messages: tuple[Message, ...] = ()
    state: Literal["unread", "reading", "read", "failed"] = "unread"
    sentence: str = ""
    """Why it could not be read."""


def has_conversation(submission: Submission) -> bool:
    """Whether its source can be asked for the conversation a submission came from: only Awardee's can."""
    return submission.provider == "awardee" and submission.attribution.conversation_id is not None


def conversation_lines(conversation: Conversation, submission: Submission, setting: Setting) -> list[Line]:
    """How far reading has come, unless it is done, then the messages, oldest first."""
    if not has_conversation(submission):
        return said("this submission came from no conversation that can be read", setting.cells)
    match conversation.state:
        case "unread":
            return said("the conversation was not read yet", setting.cells)
        case "reading":
            return said("reading the conversation ...", setting.cells)
        case "failed":
            reason = one_line(conversation.sentence, _SENTENCE_LIMIT) or "the reason is not known"
            lines = said(f"the conversation could not be read: {reason}", setting.cells, "error")
            return [*lines, *said("it is not kept on this machine; t c asks again", setting.cells)]
        case "read":
            pass
    if not conversation.messages:
        return said("nothing was said in it", setting.cells)
    ordered = sorted(
        conversation.messages, key=lambda one: one.created_at or datetime.min.replace(tzinfo=UTC)
    )
    lines = []
    for at, message in enumerate(ordered):
        if len(lines) >= TAB_LINES:
            lines += said(f"... and {thousands(len(ordered) - at)} more", setting.cells, "warning")
            break
        lines += [*_message_lines(message, setting), ()]
    return lines


def _message_lines(message: Message, setting: Setting) -> list[Line]:
    role = _ROLES.get(message.role) or one_line(message.role, NAME_LIMIT) or "somebody"
    if message.author_id is not None and message.role != "user":
        role = setting.person(message.author_id)
    look: Look = "heading" if message.role == "user" else "accent"
    head: list[Chunk] = [(Piece(role, look),)]
    if message.created_at is not None:
        head.append((Piece(setting.time(message.created_at), "muted"),))
    lines = flow(head, setting.cells)
    for part in message.parts or ("(nothing)",):
        value = setting.value(part, setting.cells - _INDENT)
        lines += [(Piece(" " * _INDENT), *line) for line in value]
    return lines
