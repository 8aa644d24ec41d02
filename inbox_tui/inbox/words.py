"""What the status bar says of edits that need the person: what happened, what it means, what to press."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from cache.text import one_line
from inbox_tui.conflicts import CardEntry, CardKind
from inbox_tui.drawing.card import value_text
from inbox_tui.drawing.context import NAME_LIMIT, Setting
from inbox_tui.inbox.facts import Merged
from inbox_tui.triage import FIELD_NAMES

__all__ = ["merged_sentence", "waiting_sentence"]

_MANY: Final[dict[CardKind, tuple[str, str]]] = {
    "conflict": ("edit is in conflict with a colleague's", "edits are in conflict with a colleague's"),
    "rejected": ("edit was refused by the server", "edits were refused by the server"),
    "orphaned": ("edit has no submission any more", "edits have no submission any more"),
    "overwrite": ("colleague's value was overwritten", "colleagues' values were overwritten"),
}


def waiting_sentence(entries: Sequence[CardEntry], key: str, setting: Setting) -> str:
    """One sentence about what came up; `key` opens the card."""
    press = f"{key} " if key else "the palette "
    if len(entries) > 1:
        counts = Counter(entry.kind for entry in entries)
        facts = [f"{counts[kind]} {words[counts[kind] > 1]}" for kind, words in _MANY.items() if counts[kind]]
        return f"{', '.join(facts)}: {press}walks through them"
    (entry,) = entries
    ref, field = one_line(entry.ref, 20), FIELD_NAMES[entry.field]
    by = one_line(entry.by or "", NAME_LIMIT) or "somebody else"
    match entry.kind:
        case "rejected":
            reason = one_line(entry.message or "", 120).rstrip(".")
            because = f" ({reason})" if reason else ""
            return f"{ref}: the server refused your {field}, it is kept{because}: {press}shows it"
        case "orphaned":
            return f"{ref} is gone on the server, your {field} is kept: {press}shows it"
        case "overwrite":
            return f"{ref}: you overwrote the {field} that {by} had set: {press}restores it"
    if entry.field == "notes":
        return f"{ref}: {by} changed the notes too, yours wait: {press}shows both"
    theirs = value_text(entry, entry.theirs, setting)
    return f"{ref}: {by} set the {field} to {theirs}, yours was not sent: {press}shows both"


def merged_sentence(merges: Sequence[Merged]) -> str:
    """One sentence about notes that were put together."""
    if len(merges) > 1:
        return f"the notes of {len(merges)} submissions were merged with a colleague's: both are kept"
    (one,) = merges
    undo = ": u takes yours out again" if one.can_undo else ": t n shows them"
    return f"{one_line(one.ref, 20)}: your note and a colleague's were merged, both are kept{undo}"
