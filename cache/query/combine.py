"""Conditions put together without a needless level."""

from collections.abc import Sequence

from cache.query.meaning import All, Either, Meaning, OneOf, Without

__all__ = ["all_of", "either", "without"]


def all_of(parts: Sequence[Meaning]) -> Meaning:
    """Every part holds."""
    flat: list[Meaning] = []
    for part in parts:
        flat += part.parts if isinstance(part, All) else (part,)
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def either(parts: Sequence[Meaning]) -> Meaning:
    """One of the parts holds; values of one column become one set."""
    flat: list[Meaning] = []
    for part in parts:
        for one in part.parts if isinstance(part, Either) else (part,):
            last = flat[-1] if flat else None
            if isinstance(one, OneOf) and isinstance(last, OneOf) and last.column == one.column:
                flat[-1] = OneOf(one.column, last.values | one.values)
            elif one not in flat:
                flat.append(one)
    return flat[0] if len(flat) == 1 else Either(tuple(flat))


def without(part: Meaning) -> Meaning:
    """The part does not hold."""
    return part.part if isinstance(part, Without) else Without(part)
