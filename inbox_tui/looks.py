"""Themes as Textual knows them, made from the specifications in `themes`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from textual.theme import Theme

import themes

__all__ = ["load_themes", "textual_theme", "variable_defaults"]


def load_themes(directory: Path) -> tuple[dict[str, Theme], list[str]]:
    """The bundled themes and the person's own, and a sentence for each file that was left out."""
    specs = dict(themes.bundled())
    found = themes.load_user_themes(directory)
    specs.update(found.themes)
    problems = [f"The theme {problem.path.name} was left out: {problem.reason}" for problem in found.problems]
    return {name: textual_theme(spec) for name, spec in specs.items()}, problems


def textual_theme(spec: themes.ThemeSpec) -> Theme:
    """A theme ready to be registered."""
    colors = {name: getattr(spec, name) for name in themes.COLORS}
    # Textual's own style sheets need these two of a theme in the terminal's colours.
    extra = {"ansi-background": spec.background, "ansi-foreground": spec.foreground} if spec.ansi else {}
    return Theme(
        name=spec.name, dark=spec.dark, ansi=spec.ansi, variables={**extra, **spec.variables}, **colors
    )


@cache
def variable_defaults() -> Mapping[str, str]:
    """A colour for every role, for themes that are not ours; asked for many times while a screen starts."""
    return MappingProxyType(dict(themes.bundled()[themes.DEFAULT_THEME].variables))
