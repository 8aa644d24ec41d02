"""`inbox-tui show`: everything about one submission, as text or JSON."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from cache.models import Detail, Event, JSONValue, Key
    from cache.store.reader import Reader

__all__ = ["show_command"]

_UNWRAPPED: Final = 65_536
"""Cells of a line; wrapping is left to the terminal."""
_MOST_LINES: Final = 10_000


@click.command(
    "show",
    help="Show one submission from the local copy.\n\n"
    "ID is a number (SUB-0421 or 421), an id or the beginning of one, each perhaps after SOURCE:.",
)
@click.argument("reference", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_command(reference: str, as_json: bool) -> None:
    """Show one submission."""
    from inbox_tui.cli.session import find_key
    from inbox_tui.workspace import open_workspace

    workspace = open_workspace()
    with workspace.local() as local:
        reader = local.reader
        key = find_key(reader, reference)
        detail = reader.detail(key)
        if detail is None:
            raise click.ClickException("The submission has just left the local copy.")
        if as_json:
            from inbox_tui.output import json_text, submission_object

            capabilities = workspace.capabilities(reader, key.source)
            others = reader.same_person(key, reader.same_person_count(key).total)
            shown = {
                **submission_object(detail, capabilities),
                "same_person": [{"source": row.key.source, "id": row.key.id} for row in others],
            }
            click.echo(json_text(shown, indent=2))
            return
        for line in _lines(reader, detail, reader.events(key)):
            click.echo(line)


def _lines(reader: "Reader", detail: "Detail", events: tuple["Event", ...]) -> Iterator[str]:
    from cache.text import one_line
    from inbox_tui.drawing.values import destination_text
    from inbox_tui.output import local_time

    facts = detail.submission
    place = f", {one_line(facts.container_name, 80)}" if facts.container_name else ""
    yield f"{one_line(detail.ref, 40)}  {facts.source}{place}"
    yield f"id          {one_line(facts.id)}"
    yield f"created     {local_time(facts.created_at)}"
    yield f"seen        {local_time(detail.seen_at)}"
    if detail.missing:
        yield "The server no longer lists this submission."
    yield from _triage(reader, detail)
    yield from _same_person(reader, facts.key)
    yield ""
    yield "Answers"
    if not facts.fields:
        yield "  (none)"
    for field in facts.fields:
        yield from _labelled(field.label, field.value)
    yield ""
    yield "Notes"
    yield from _indented(detail.seen.notes or "(none)")
    yield ""
    yield "Timeline"
    if not events:
        yield "  (not read yet)"
    for event in events:
        yield f"  {_event(event)}"
    if facts.destination is not None:
        yield ""
        yield f"Destination: {one_line(destination_text(facts.destination), 500)}"
    if facts.metadata:
        yield ""
        yield "Metadata"
        for name, value in facts.metadata.items():
            yield from _labelled(name, value)


def _triage(reader: "Reader", detail: "Detail") -> Iterator[str]:
    from cache.text import one_line
    from inbox_tui.format import priority_name, status_name

    seen = detail.seen
    states = {edit.field: _pending(edit.state.value, edit.error) for edit in detail.pending}
    values = {
        "status": status_name(seen.status),
        "priority": priority_name(seen.priority),
        "flagged": "yes" if seen.flagged else "no",
        "assignee_id": one_line(reader.person(seen.assignee_id) or "nobody", 80),
    }
    names = {"status": "status", "priority": "priority", "flagged": "flagged", "assignee_id": "assignee"}
    for field, name in names.items():
        state = states.get(field)  # type: ignore[call-overload]
        yield f"{name:<12}{values[field]}{f'  ({state})' if state else ''}"
    if "notes" in states:
        yield f"{'notes':<12}changed  ({states['notes']})"
    for edit in detail.pending:
        if edit.state.value == "conflict":
            theirs = one_line(_plain(edit.theirs), 80)
            yield f"{'':<12}the server has {theirs}; `inbox-tui outbox settle` rules on it"


def _same_person(reader: "Reader", key: "Key") -> Iterator[str]:
    from cache.text import one_line
    from inbox_tui.format import status_name
    from inbox_tui.output import local_time

    counted, newest = reader.same_person_count(key), reader.same_person(key, 1)
    numbers = {"earlier": counted.earlier, "later": counted.later}
    told = " and ".join(f"{number:,} {word}" for word, number in numbers.items() if number)
    for row in newest:
        place = "" if row.key.source == key.source else f"{row.key.source}:"
        last = f"{place}{one_line(row.ref, 40)} {status_name(row.status)} {local_time(row.created)}"
        yield f"{told} by the same person, last: {last}"


def _pending(state: str, error: str | None) -> str:
    from cache.text import one_line

    words = {
        "queued": "not sent yet",
        "sending": "being sent",
        "verifying": "sent, not confirmed yet",
        "conflict": "conflict: somebody else changed it too",
        "rejected": "refused by the server",
        "orphaned": "not delivered: the server no longer has the submission",
    }
    reason = f": {one_line(error, 200)}" if error and state in ("rejected", "queued") else ""
    return words.get(state, state) + reason


def _labelled(label: str, value: "JSONValue") -> Iterator[str]:
    from cache.store.derive import answer_text
    from cache.text import one_line, safe_text
    from inbox_tui.drawing.context import Setting
    from inbox_tui.drawing.values import answer_lines

    if isinstance(value, list | dict) and value:  # drawn as the inbox draws them, uploaded files too
        drawn = answer_lines(value, Setting(width=_UNWRAPPED, now=0.0), limit=_MOST_LINES)
        text = "\n".join("".join(piece.text for piece in line) for line in drawn)
    else:
        text = safe_text(answer_text(value))
    name = one_line(label, 60)
    if "\n" in text:
        yield f"  {name}:"
        yield from _indented(text, "    ")
    else:
        yield f"  {name}: {text}".rstrip()


def _indented(text: str, margin: str = "  ") -> Iterator[str]:
    from cache.text import safe_text

    for line in safe_text(text).split("\n"):
        yield f"{margin}{line}".rstrip()


def _event(event: "Event") -> str:
    from cache.text import one_line
    from inbox_tui.output import local_time

    who = f"  {one_line(event.actor_name, 60)}" if event.actor_name else ""
    change = ""
    if event.before is not None or event.after is not None:
        change = f"  {one_line(_plain(event.before), 60)} -> {one_line(_plain(event.after), 60)}"
    return f"{local_time(event.created_at):<25}  {one_line(event.type, 60)}{who}{change}"


def _plain(value: object) -> str:
    from cache.store.derive import answer_text

    return answer_text(value) or "nothing"
