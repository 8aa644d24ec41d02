"""The tabs with what the visitor wrote and what we noted: answers in block order, and the note."""

from collections.abc import Sequence
from typing import Final

from cache.models import Detail, EditState, Field, Submission
from cache.text import one_line
from inbox_tui.drawing.contact import SameContact, contact_sentence
from inbox_tui.drawing.context import NAME_LIMIT, TAB_LINES, VALUE_LINES, Setting
from inbox_tui.drawing.head import state_line
from inbox_tui.drawing.language import language_heading, language_name, untranslated, value_lines
from inbox_tui.drawing.lines import Line, heading, pair, said
from inbox_tui.drawing.metadata import attribution_pairs
from inbox_tui.drawing.outcome import outcome_lines, reply_lines
from inbox_tui.drawing.told import is_local, kept_here
from inbox_tui.drawing.values import destination_lines, is_empty
from inbox_tui.format import thousands

__all__ = ["fields_lines", "notes_lines"]

_LABEL_LIMIT: Final = 200
_FACT_LIMIT: Final = 300
_FOLDED_LABELS: Final = 60
_NOTE_LINES: Final = 1000
_NO_NOTE: Final = "no note yet: i adds one, I opens the editor"


def fields_lines(detail: Detail, setting: Setting, contact: SameContact) -> list[Line]:
    """Every answer in drawn order, the empty ones as one line, then contact, note, reply and other facts."""
    submission = detail.submission
    lines = [*language_heading(submission, setting), *_answers(submission, setting)]
    if not submission.fields:
        lines.extend(said("no answers came with this submission", setting.cells))
    if sentence := contact_sentence(contact):
        lines.extend(said(sentence, setting.cells, "info"))
    lines.append(())
    if detail.seen.notes:
        lines.extend((heading("Note"), *setting.value(detail.seen.notes, setting.cells), ()))
    reply = reply_lines(submission, setting)
    if submission.reply is not None and submission.reply.content:
        return [*lines, *reply, (), *outcome_lines(submission, setting), *_facts(submission, setting)]
    return [*lines, *outcome_lines(submission, setting), *reply, *_facts(submission, setting)]


def _answers(submission: Submission, setting: Setting) -> list[Line]:
    fields = submission.fields
    lines: list[Line] = []
    for field in fields:
        if is_empty(field.value):
            continue
        left = TAB_LINES - len(lines)
        value = value_lines(field, submission, setting, limit=max(1, min(VALUE_LINES, left)))
        lines.extend(pair(_label(field), value, setting.label_width))
    rest = untranslated(fields, submission, setting)
    lines.extend(_named("not translated", [_label(field) for field in rest], setting))
    empty = [_label(field) for field in fields if is_empty(field.value)]
    lines.extend(_named(f"{thousands(len(empty))} empty", empty, setting))
    return lines


def _label(field: Field) -> str:
    """What a field is called; its key where the form gives it no label."""
    return one_line(field.label, _LABEL_LIMIT) or one_line(field.key, _LABEL_LIMIT) or "(no label)"


def _named(what: str, labels: Sequence[str], setting: Setting) -> list[Line]:
    """One line, wrapped where it must be, that names answers instead of drawing them."""
    if not labels:
        return []
    shown = ", ".join(one_line(label, NAME_LIMIT) for label in labels[:_FOLDED_LABELS])
    more = len(labels) - _FOLDED_LABELS
    text = f"{what}: {shown}" + (f", and {thousands(more)} more" if more > 0 else "")
    return said(text, setting.cells)


def _facts(submission: Submission, setting: Setting) -> list[Line]:
    """Language, browser and country, what led the visitor here, and where the visitor went."""
    known: dict[str, str | None] = {"Language": language_name(submission.language)}
    for label, key in (("Browser", "browser"), ("Country", "country")):
        value = submission.metadata.get(key)
        known[label] = value if isinstance(value, str) else None
    known |= attribution_pairs(submission)
    lines: list[Line] = []
    for label, text in known.items():
        if text:
            value = setting.value(one_line(text, _FACT_LIMIT), setting.value_width)
            lines += pair(f"{label[:1].upper()}{label[1:]}", value, setting.label_width)
    if submission.destination is not None or submission.provider == "awardee":
        # Only Awardee sends visitors on: without a destination they see its thank-you screen.
        sent = destination_lines(submission.destination, setting)
        lines += pair("Sent on to", sent, setting.label_width)
    return lines


def notes_lines(detail: Detail, setting: Setting) -> list[Line]:
    """The whole note, where it stands when it is still on its way, and the other one of a conflict."""
    edit = next((edit for edit in detail.pending if edit.field == "notes"), None)
    lines: list[Line] = []
    if edit is not None:
        lines.extend((*state_line(edit, setting, is_kept_here=is_local(detail)), ()))
    if detail.seen.notes:
        lines.extend(setting.value(detail.seen.notes, setting.cells, limit=_NOTE_LINES))
    else:
        lines.extend(said(_NO_NOTE, setting.cells))
    if is_local(detail):
        sentence = kept_here(detail.submission.provider, "a note is")
        lines.extend(((), *said(sentence, setting.cells)))
    if edit is not None and edit.state is EditState.CONFLICT:
        theirs = edit.theirs if isinstance(edit.theirs, str) and edit.theirs else "(empty)"
        lines.extend(((), heading("On the server"), *setting.value(theirs, setting.cells)))
    return lines
