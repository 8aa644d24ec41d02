"""The names that Textual gives to keys."""

from textual.keys import _character_to_key

__all__ = ["textual_key"]


def textual_key(key: str) -> str:
    """The name Textual uses for a canonical key, such as `ctrl+right_square_bracket` for `ctrl+]`."""
    if key[-2:-1] in ("", "+"):
        return key[:-1] + _character_to_key(key[-1])
    return key
