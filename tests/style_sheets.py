"""Lets all inboxes of a test process share what Textual read out of style sheets.

A process of its own reads them once; a hundred inboxes in one process would each do it again.
"""

from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

__all__ = ["share_style_sheets"]


def share_style_sheets() -> None:
    """From now on the same text with the same variables is read once. Rules are not changed after that."""
    read: dict[tuple[Any, ...], list[RuleSet]] = {}
    parse = Stylesheet._parse_rules

    def parse_once(sheet: Stylesheet, *args: Any, **options: Any) -> list[RuleSet]:
        key = (tuple(sheet._variables.items()), args, tuple(options.items()))
        if key not in read:
            read[key] = parse(sheet, *args, **options)
        return [*read[key]]

    Stylesheet._parse_rules = parse_once  # type: ignore[method-assign]
