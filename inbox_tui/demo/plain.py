"""Forms whose answers are a plain object: one name for each field, no labels beside the values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inbox_tui.demo.forms import Block, Form

if TYPE_CHECKING:
    from datetime import datetime

    from inbox_tui.demo.generate import Generator, Visitor

__all__ = ["PlainForm", "plain_answers"]


@dataclass(frozen=True)
class PlainForm:
    """One form of a system that keys answers by field name."""

    slug: str
    title: str
    kind: str
    """What the system calls this sort of form; empty where it has no such word."""
    description: str | None
    weight: int
    """How many submissions it gets, relative to its neighbours."""
    fields: tuple[tuple[str, Block], ...]
    """Name and question, in the order of the form."""

    def names(self, *roles: str) -> tuple[str, ...]:
        """Return the names of the fields that ask for one of `roles`."""
        return tuple(name for name, block in self.fields if block.role in roles)


def plain_answers(
    generator: Generator, form: PlainForm, visitor: Visitor, arrived: datetime, hostile: int | None = None
) -> dict[str, Any]:
    """Return field name to value in the order of the form; what was left empty is None."""
    blocks = tuple(block for _, block in form.fields)
    names = [name for name, _ in form.fields]
    asked = Form(form.slug, form.title, "active", form.weight, blocks)
    filled = generator.answers(asked, names, visitor, arrived, hostile)
    return {name: filled[name]["value"] for name in names}
