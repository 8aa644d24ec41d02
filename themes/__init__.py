"""Colour themes: four that come with the program, and those a person adds as TOML files."""

from themes.loader import (
    BUNDLED,
    COLORS,
    DEFAULT_THEME,
    ROLES,
    LoadResult,
    Problem,
    ThemeError,
    ThemeSpec,
    bundled,
    load_bundled,
    load_theme,
    load_user_themes,
)

__all__ = [
    "BUNDLED",
    "COLORS",
    "DEFAULT_THEME",
    "ROLES",
    "LoadResult",
    "Problem",
    "ThemeError",
    "ThemeSpec",
    "bundled",
    "load_bundled",
    "load_theme",
    "load_user_themes",
]
