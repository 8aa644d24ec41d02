"""The answers of a submission as one text, to be packed beside its JSON: labels and texts in turn."""

import json
from collections.abc import Sequence
from json.encoder import encode_basestring
from typing import TypeAlias

from cache.models import JSONValue

__all__ = ["Answers", "decode_answers", "encode_answers", "joined", "single_text"]

Answers: TypeAlias = tuple[tuple[str, str], ...]
"""Label and cleaned text of each answer that is not empty, in the order of the form."""


def single_text(value: JSONValue) -> str | None:
    """A value of its own as text: yes and no for booleans, nothing for null; None for what holds others."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value) if isinstance(value, int | float) else None


def encode_answers(answers: Sequence[tuple[str, str]]) -> str:
    """Answers as a text; strings are spelled as in the submission's JSON, which packs well beside it."""
    return f"[{','.join([encode_basestring(part) for pair in answers for part in pair])}]"


def decode_answers(text: str) -> Answers:
    """The answers again. Raises ValueError for anything that `encode_answers` did not give."""
    parts = json.loads(text)
    return tuple(zip(parts[::2], parts[1::2], strict=True))


def joined(answers: Answers) -> str:
    """The texts of all answers, one after the other: what is searched as the body of a submission."""
    return "\n".join(text for _, text in answers)
