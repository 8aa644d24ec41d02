"""The tabs with what the visitor wrote and what we noted: answers in block order, and the note."""

from collections.abc import Iterable, Sequence
from typing import Final

from cache.models import Detail, EditState, Field, Submission
from cache.text import one_line
from inbox_tui.drawing.context import NAME_LIMIT, TAB_LINES, VALUE_LINES, Setting
from inbox_tui.drawing.head import state_line
from inbox_tui.drawing.lines import Line, heading, pair, said
from inbox_tui.drawing.values import answer_lines, destination_text, is_empty
from inbox_tui.format import thousands

__all__ = ["fields_lines", "notes_lines"]

_LABEL_LIMIT: Final = 200
_DESTINATION_LIMIT: Final = 600
_FOLDED_LABELS: Final = 60
_NOTE_LINES: Final = 1000
_NO_NOTE: Final = "no note yet: i adds one, I opens the editor"


def fields_lines(detail: Detail, setting: Setting) -> list[Line]:
    """Every answer in drawn order, the empty ones as one line, then note, destination and other facts."""
    submission = detail.submission
    lines = _answers(submission.fields, setting)
    if not submission.fields:
        lines.extend(said("no answers came with this submission", setting.cells))
    lines.append(())
    if detail.seen.notes:
        lines.extend((heading("Note"), *setting.value(detail.seen.notes, setting.cells), ()))
    for label, text in _facts(submission, setting):
        value = setting.value(one_line(text, _DESTINATION_LIMIT), setting.value_width)
        lines.extend(pair(label, value, setting.label_width))
    return lines


def _answers(fields: Sequence[Field], setting: Setting) -> list[Line]:
    lines: list[Line] = []
    for field in fields:
        if is_empty(field.value):
            continue
        left = TAB_LINES - len(lines)
        value = answer_lines(field.value, setting, limit=max(1, min(VALUE_LINES, left)))
        lines.extend(pair(_label(field), value, setting.label_width))
    lines.extend(_folded([_label(field) for field in fields if is_empty(field.value)], setting))
    return lines


def _label(field: Field) -> str:
    """What a field is called; its key where the form gives it no label."""
    return one_line(field.label, _LABEL_LIMIT) or one_line(field.key, _LABEL_LIMIT) or "(no label)"


def _folded(labels: Sequence[str], setting: Setting) -> list[Line]:
    """One line, wrapped where it must be, that names what was left empty."""
    if not labels:
        return []
    shown = ", ".join(one_line(label, NAME_LIMIT) for label in labels[:_FOLDED_LABELS])
    more = len(labels) - _FOLDED_LABELS
    text = f"{thousands(len(labels))} empty: {shown}" + (f", and {thousands(more)} more" if more > 0 else "")
    return said(text, setting.cells)


def _facts(submission: Submission, setting: Setting) -> Iterable[tuple[str, str]]:
    """What is known beside the answers, as far as the provider tells it."""
    yield "Sent on to", destination_text(submission.destination)
    if submission.result is not None:
        yield "Result", submission.result
    if submission.spam is not None:
        yield "Spam check", _spam(submission)
    if (processing := submission.processing) is not None:
        yield "Processing", _joined(processing.status, processing.reason)
    if (delivery := submission.delivery) is not None:
        yield "Delivery", _joined(delivery.status, delivery.detail)
    if (reply := submission.reply) is not None:
        at = setting.time(reply.replied_at) if reply.replied_at else None
        yield "Reply", _joined(reply.status, at, reply.reason, reply.subject, reply.content)


def _spam(submission: Submission) -> str:
    spam = submission.spam
    if spam is None:
        return ""
    sure = f"{spam.confidence:.0%} sure" if spam.confidence is not None else None
    return _joined("looks like spam" if spam.flag else "not spam", sure, spam.reason)


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def notes_lines(detail: Detail, setting: Setting) -> list[Line]:
    """The whole note, where it stands when it is still on its way, and the other one of a conflict."""
    edit = next((edit for edit in detail.pending if edit.field == "notes"), None)
    lines: list[Line] = []
    if edit is not None:
        lines.extend((*state_line(edit, setting), ()))
    if detail.seen.notes:
        lines.extend(setting.value(detail.seen.notes, setting.cells, limit=_NOTE_LINES))
    else:
        lines.extend(said(_NO_NOTE, setting.cells))
    if edit is not None and edit.state is EditState.CONFLICT:
        theirs = edit.theirs if isinstance(edit.theirs, str) and edit.theirs else "(empty)"
        lines.extend(((), heading("On the server"), *setting.value(theirs, setting.cells)))
    return lines
