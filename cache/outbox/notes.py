"""Texts that two people changed: taking one change out again, and putting both sides into one text."""

from typing import Final

from cache.models import TriageValue

__all__ = ["both_texts", "has_markers", "marked_up", "taken_out", "with_line"]

_MINE: Final = "<<<<<<< yours"
_MIDDLE: Final = "======="
_THEIRS: Final = ">>>>>>> theirs"


def taken_out(after: TriageValue, before: TriageValue, seen: TriageValue) -> str | None:
    """What is left of the text `seen` without the change from `before` to `after` that is part of it.

    None when that change cannot be told from what others did to the same lines.
    """
    new, old, text = str(after or ""), str(before or ""), str(seen or "")
    if new.startswith(old) and len(new) > len(old):
        added = new[len(old) :]
        rest = text.removesuffix(added)
        if rest != text and (not rest or rest.endswith("\n") or added.startswith("\n")):
            return rest if old else rest.removesuffix("\n")
    # Imported here: it brings merge3, which the inbox does not need before its first rows.
    from cache.sync.planner import merge_notes

    return merge_notes(new, old, text)


def with_line(text: TriageValue, line: str) -> str:
    """A text with one more on a line of its own below it."""
    old = str(text or "")
    return old + ("\n" if old and not old.endswith("\n") else "") + line


def both_texts(base: TriageValue, mine: TriageValue, theirs: TriageValue) -> str:
    """Theirs with what we added below it, or with the whole of ours where we did more than add."""
    old, my_text, text = str(base or ""), str(mine or ""), str(theirs or "")
    added = my_text[len(old) :].lstrip("\n") if my_text.startswith(old) else my_text
    if not added or not text:
        return text or added
    return text + ("" if text.endswith("\n") else "\n") + added


def marked_up(base: TriageValue, mine: TriageValue, theirs: TriageValue) -> str:
    """One text with both sides for an editor: lines that clash stand between markers, ours first."""
    from merge3 import Merge3

    old, my_text, text = (str(value or "").split("\n") for value in (base, mine, theirs))
    lines: list[str] = []
    for region in Merge3(old, my_text, text).merge_groups():
        if region[0] == "conflict":
            lines += [_MINE, *region[2], _MIDDLE, *region[3], _THEIRS]
        else:
            lines += region[1]
    return "\n".join(lines)


def has_markers(text: str) -> bool:
    """Whether a text still holds the markers of `marked_up`."""
    return any(line in (_MINE, _THEIRS) for line in text.split("\n"))
