"""Submissions as a table for a spreadsheet: CSV that shows what was written and computes nothing of it.

The text is UTF-8 with a byte order mark, by which spreadsheets know it; every cell is quoted, line breaks
inside a cell stay, rows end in CR LF. Control characters are made visible as they are in the inbox.

A spreadsheet takes a cell that begins like a formula for one, whoever wrote it. So a cell that begins with
one of `= + - @ |`, full-width forms included, perhaps after blanks, or with a tab or line break, gets an
apostrophe before it. Plain negative numbers (`-5`, `-1,200.50`) stay as they are. Phone numbers that begin
with a plus get the apostrophe: a spreadsheet would compute `+49-30-12` and drop the plus of `+493012`.
"""

import csv
import gzip
import io
import json
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from cache.models import TRIAGE_FIELDS, Capability, Detail, Field, TriageField
from cache.store.derive import answer_text
from cache.text import one_line, safe_text
from inbox_tui.output import utc_time

__all__ = ["MOST_COLUMNS", "OTHER_ANSWERS", "cell", "csv_text"]

MOST_COLUMNS: Final = 1_000
"""Labels that get a column of their own; a form that anybody can post to has as many as they like."""
OTHER_ANSWERS: Final = "other answers"
"""The column that takes the answers beyond, each after its label."""

_FACTS: Final = (
    "source",
    "provider",
    "ref",
    "id",
    "created_at",
    "container",
    "status",
    "priority",
    "flagged",
    "assignee",
    "assignee_id",
    "notes",
    "triage",
    "sync",
    "resolved_at",
    "name",
    "email",
    "phone",
    "result",
    "delivery",
    "spam",
    "reply",
    "language",
    "duration_seconds",
    "seen_at",
)
_SIGNS: Final = frozenset("=+-@|")
_NEGATIVE: Final = re.compile(r"-\d{1,3}(?:,\d{3})+(?:\.\d+)?%?|-\d+(?:[.,]\d+)?%?")
_LABEL: Final = 200
_PART: Final = 1 << 16


def cell(text: str) -> str:
    """A text as a cell shows it: displayable, and never taken for a formula."""
    shown = safe_text(text)
    inner = shown.lstrip()
    if text[:1] in ("\t", "\r", "\n") or (
        inner and unicodedata.normalize("NFKC", inner[0])[:1] in _SIGNS and not _NEGATIVE.fullmatch(inner)
    ):
        return f"'{shown}"
    return shown


def csv_text(
    details: Iterable[Detail],
    *,
    capabilities: Callable[[str], Mapping[TriageField, Capability]],
    person: Callable[[str | None], str | None],
    directory: Path,
) -> Iterator[str]:
    """The table in pieces: a row for each submission, a column for each label of an answer, first seen first.

    Which columns there are is known only at the end: the rows wait in a file without a name in `directory`.
    Raises OSError.
    """
    with tempfile.TemporaryFile(dir=directory) as waiting:
        labels: dict[str, int] = {}
        with gzip.GzipFile(fileobj=waiting, mode="wb", compresslevel=1) as packed:
            for detail in details:
                answers = [[labels.setdefault(label, len(labels)), text] for label, text in _answers(detail)]
                facts = _facts(detail, capabilities(detail.submission.source), person)
                packed.write(json.dumps([facts, answers]).encode("ascii") + b"\n")
        waiting.seek(0)
        with gzip.GzipFile(fileobj=waiting, mode="rb") as packed:
            yield "\ufeff"
            yield from _rows(packed, list(labels))


def _rows(packed: Iterable[bytes], labels: list[str]) -> Iterator[str]:
    own = labels[:MOST_COLUMNS]
    heads = [f"answer: {label}" if label in _FACTS or label == OTHER_ANSWERS else label for label in own]
    others = [OTHER_ANSWERS] if len(labels) > len(own) else []
    buffer = io.StringIO(newline="")
    table = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerow([cell(head) for head in (*_FACTS, *heads, *others)])
    for line in packed:
        facts, answers = json.loads(line)
        cells = [""] * len(own)
        rest = []
        for column, text in answers:
            if column < len(own):
                cells[column] = f"{cells[column]}\n{text}" if cells[column] else text
            else:
                rest.append(f"{labels[column]}: {text}")
        table.writerow([cell(text) for text in (*facts, *cells, *(["\n".join(rest)] if others else []))])
        if buffer.tell() > _PART:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _answers(detail: Detail) -> Iterator[tuple[str, str]]:
    for field in detail.submission.fields:
        text = answer_text(field.value)
        if text:
            yield _label(field), text


def _label(field: Field) -> str:
    return one_line(field.label, _LABEL) or one_line(field.key, _LABEL) or "answer"


def _facts(
    detail: Detail,
    capabilities: Mapping[TriageField, Capability],
    person: Callable[[str | None], str | None],
) -> list[str]:
    facts, seen = detail.submission, detail.seen
    kept = {capabilities.get(name, Capability.NONE).value for name in TRIAGE_FIELDS}
    values = (
        facts.source,
        facts.provider,
        detail.ref,
        facts.id,
        utc_time(facts.created_at),
        facts.container_name,
        seen.status,
        seen.priority,
        "yes" if seen.flagged else "no",
        person(seen.assignee_id),
        seen.assignee_id,
        seen.notes,
        ", ".join(sorted(kept)),
        "clean" if detail.sync == "local" else detail.sync,
        utc_time(facts.resolved_at),
        facts.contact.name,
        facts.contact.email,
        facts.contact.phone,
        facts.result,
        facts.delivery.status if facts.delivery else None,
        ("yes" if facts.spam.flag else "no") if facts.spam else None,
        facts.reply.status if facts.reply else None,
        facts.language,
        None if facts.duration_seconds is None else f"{facts.duration_seconds:g}",
        utc_time(detail.seen_at),
    )
    return [value or "" for value in values]
