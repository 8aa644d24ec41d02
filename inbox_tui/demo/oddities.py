"""Answers whose shape is unusual: names that mean something elsewhere, crowds of fields, deep nesting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ODD_ANSWERS", "odd_turn"]

_EVERY = 23
_OFFSET = 11

ODD_ANSWERS: tuple[Mapping[str, Any], ...] = (
    {"id": "42", "formId": "mine", "createdAt": "yesterday", "status": "resolved", "data": {"data": "data"}},
    {"__proto__": {"admin": True}, "constructor": "Object", "toString": None, "hasOwnProperty": False},
    {f"question_{number:03}": f"answer {number}" for number in range(500)},
    {"amount": "0012.50", "guests": "12", "zip": "01067", "agreed": "true", "rating": "4/5"},
    {"cart": {"items": [{"sku": "B-7", "extras": {"engraving": ["Für Oma", None]}}, []], "total": 18.5}},
    {
        "": "an answer without a name",
        " padded ": 1,
        "two\nlines": "\u202ereversed",
        "\x1b[31mred": "[bold]x[/]",
    },
    {},
)
"""One is used for roughly every twenty-third submission, in turn."""


def odd_turn(number: int) -> int | None:
    """Return which odd answer the submission with this number carries, or None for a usual one."""
    turn, rest = divmod(number, _EVERY)
    return turn % len(ODD_ANSWERS) if rest == _OFFSET else None
