"""Reads colour themes from TOML and checks every key and colour in them.

A theme file has `dark = true` or `false`, an optional `base` (a bundled theme that gives whatever the
file leaves out), and the tables `[colors]`, `[roles]` and `[variables]`. Roles say what a colour is
for; the program never names a colour, only a role, as `$role-muted` in its style sheets.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

__all__ = [
    "BUNDLED",
    "COLORS",
    "DEFAULT_THEME",
    "ROLES",
    "VARIABLES",
    "LoadResult",
    "Problem",
    "ThemeError",
    "ThemeSpec",
    "bundled",
    "load_bundled",
    "load_theme",
    "load_user_themes",
]

DEFAULT_THEME = "dusk"
BUNDLED = ("dusk", "paper", "contrast", "terminal")
"""Bundled themes: dark, light, high contrast, and the terminal's own colours."""

COLORS = (
    "primary",
    "secondary",
    "warning",
    "error",
    "success",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "boost",
)
"""Keys of `[colors]`, the base from which Textual derives its shades."""

TEXT_ROLES = ("text", "accent", "muted", "info", "warning", "error", "success", "mark", "key")
"""Roles that are drawn as text on background, surface or panel."""
FILL_ROLES = (("selection_fg", "selection_bg"), ("cursor_fg", "cursor_bg"), ("match_fg", "match_bg"))
"""Roles that come as text and the fill below it."""
LINE_ROLES = ("border", "border_focus")
"""Roles of lines around panes."""
ROLES = (*TEXT_ROLES, *(role for pair in FILL_ROLES for role in pair), *LINE_ROLES)
"""Keys of `[roles]`; each becomes the variable `role-NAME`, with hyphens."""

_COLOR_VARIABLES = (
    "block-cursor-background",
    "block-cursor-blurred-background",
    "block-cursor-blurred-foreground",
    "block-cursor-foreground",
    "block-hover-background",
    "border",
    "border-blurred",
    "button-color-foreground",
    "button-foreground",
    "footer-background",
    "footer-description-background",
    "footer-description-foreground",
    "footer-foreground",
    "footer-item-background",
    "footer-key-background",
    "footer-key-foreground",
    "input-cursor-background",
    "input-cursor-foreground",
    "input-selection-background",
    "input-selection-foreground",
    "link-background",
    "link-background-hover",
    "link-color",
    "link-color-hover",
    "screen-selection-background",
    "screen-selection-foreground",
    "scrollbar",
    "scrollbar-active",
    "scrollbar-background",
    "scrollbar-background-active",
    "scrollbar-background-hover",
    "scrollbar-corner-color",
    "scrollbar-hover",
)
_STYLE_VARIABLES = (
    "block-cursor-blurred-text-style",
    "block-cursor-text-style",
    "button-focus-text-style",
    "input-cursor-text-style",
    "link-style",
    "link-style-hover",
)
VARIABLES = (*_COLOR_VARIABLES, *_STYLE_VARIABLES)
"""Keys of `[variables]`, the colours and text styles of stock widgets that a theme may set."""

_ANSI = frozenset(
    f"ansi_{bright}{name}"
    for bright in ("", "bright_")
    for name in ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
) | {"ansi_default"}
_STYLES = frozenset({"none", "bold", "dim", "italic", "underline", "reverse", "not"})
_HEX = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LARGEST = 65_536
"""Bytes that a theme file may have."""


class ThemeError(Exception):
    """A theme cannot be used.

    ThemeError                the one kind there is; nothing derives from it
      .theme                  name of the theme
      .reason                 one sentence that names the key and what is wrong with it
    """

    def __init__(self, theme: str, reason: str) -> None:
        super().__init__(f"theme {theme}: {reason}")
        self.theme = theme
        self.reason = reason


class ThemeSpec(NamedTuple):
    """A checked theme: what is needed to build Textual's, and the colour of each role."""

    name: str
    dark: bool
    ansi: bool
    """True when all colours are the terminal's own; a theme is never a mixture."""
    primary: str
    secondary: str
    warning: str
    error: str
    success: str
    accent: str
    foreground: str
    background: str
    surface: str
    panel: str
    boost: str
    roles: Mapping[str, str]
    """Colour by role name, all of `ROLES`."""
    variables: Mapping[str, str]
    """Style sheet variables: those of the file, and `role-NAME` for each role."""


class Problem(NamedTuple):
    """A theme file that was skipped, and why."""

    path: Path
    reason: str
    """One sentence. Names from the file are quoted in ASCII; the path is not."""


class LoadResult(NamedTuple):
    """What a folder of theme files gave."""

    themes: Mapping[str, ThemeSpec] = MappingProxyType({})
    problems: tuple[Problem, ...] = ()


def bundled() -> dict[str, ThemeSpec]:
    """Loads the themes that come with the program, by name, the default one first."""
    return {name: load_bundled(name) for name in BUNDLED}


@cache
def load_bundled(name: str) -> ThemeSpec:
    """Loads one of the themes that come with the program, named in `BUNDLED`."""
    return load_theme(_bundled_text(name), name)


def load_theme(text: str, name: str) -> ThemeSpec:
    """Reads one theme from TOML text.

    Raises ThemeError for text that is not TOML (with the line), an unknown key (with the nearest known
    one), a missing or wrong value (with its key), and a mixture of real and terminal colours.
    """
    if not _NAME.fullmatch(name):
        raise ThemeError(_quoted(name), "a theme's name has small letters, digits, - and _, at most 40")
    document = _parse(text, name)
    _check_keys(name, document, ("dark", "base", "colors", "roles", "variables"), "")
    colors = _table(name, document, "colors", COLORS)
    roles = _table(name, document, "roles", ROLES)
    variables = _table(name, document, "variables", VARIABLES)
    dark = document.get("dark")
    if name not in BUNDLED or "base" in document:
        base = _base(name, document)
        dark = base.dark if dark is None else dark
        colors = {key: getattr(base, key) for key in COLORS} | colors
        roles = {**base.roles, **roles}
    if not isinstance(dark, bool):
        raise ThemeError(name, "dark must be true or false")
    for table, given, wanted in (("colors", colors, COLORS), ("roles", roles, ROLES)):
        for key in wanted:
            if key not in given:
                raise ThemeError(name, f"{table}.{key} is missing")
    ansi = _is_ansi(name, colors, roles)
    role_variables = {f"role-{role.replace('_', '-')}": roles[role] for role in ROLES}
    return ThemeSpec(
        name=name,
        dark=dark,
        ansi=ansi,
        roles=MappingProxyType({role: roles[role] for role in ROLES}),
        variables=MappingProxyType(variables | role_variables),
        **{key: colors[key] for key in COLORS},
    )


def load_user_themes(directory: Path) -> LoadResult:
    """Loads every `*.toml` in `directory`; a bad file is reported and the others load.

    A folder that does not exist holds no themes. The name of a bundled theme cannot be taken.
    """
    themes: dict[str, ThemeSpec] = {}
    problems: list[Problem] = []
    try:
        paths = sorted(path for path in directory.iterdir() if path.suffix == ".toml")
    except FileNotFoundError:
        return LoadResult()
    except OSError as error:
        return LoadResult(problems=(Problem(directory, _os_reason(error)),))
    for path in paths:
        try:
            themes[path.stem] = _load_file(path)
        except ThemeError as error:
            problems.append(Problem(path, error.reason))
    return LoadResult(MappingProxyType(themes), tuple(problems))


def _bundled_text(name: str) -> str:
    return Path(__file__).with_name(f"{name}.toml").read_text("utf-8")


def _load_file(path: Path) -> ThemeSpec:
    name = path.stem
    if name in BUNDLED:
        raise ThemeError(name, f"{name} is the name of a bundled theme; give the file another name")
    try:
        if not path.is_file():
            raise ThemeError(name, "this is not a regular file")
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        raise ThemeError(name, _os_reason(error)) from error
    if len(raw) > _LARGEST:
        raise ThemeError(name, f"the file is larger than {_LARGEST // 1024} KB")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ThemeError(name, f"the file is not UTF-8 (byte {error.start})") from error
    return load_theme(text, name)


def _parse(text: str, name: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        last_line = text.count("\n") + 1
        message = str(error).replace("at end of document", f"at the end, line {last_line}")
        raise ThemeError(name, f"not TOML: {_ascii(message)}") from error
    except (RecursionError, ValueError) as error:
        raise ThemeError(
            name, "not TOML that can be read: a value is nested too deep or too large"
        ) from error


def _base(name: str, document: Mapping[str, object]) -> ThemeSpec:
    """Gives the bundled theme that fills the gaps: the one named, else the light or the dark one."""
    base = document.get("base", "paper" if document.get("dark") is False else DEFAULT_THEME)
    if not isinstance(base, str) or base not in BUNDLED:
        raise ThemeError(name, f"base must be one of {', '.join(BUNDLED)}{_nearest(str(base), BUNDLED)}")
    if base == name:
        raise ThemeError(name, "base names the theme itself")
    return load_bundled(base)


def _check_keys(name: str, table: Mapping[str, object], known: Collection[str], prefix: str) -> None:
    for key in table:
        if key not in known:
            raise ThemeError(name, f"unknown key {_quoted(prefix + key)}{_nearest(key, known)}")


def _table(name: str, document: Mapping[str, object], key: str, known: Collection[str]) -> dict[str, str]:
    table = document.get(key, {})
    if not isinstance(table, dict):
        raise ThemeError(name, f"{key} must be a table, written [{key}]")
    _check_keys(name, table, known, f"{key}.")
    return {inner: _value(name, key, inner, value) for inner, value in table.items()}


def _value(name: str, table: str, key: str, value: object) -> str:
    if isinstance(value, str):
        if table == "variables" and key in _STYLE_VARIABLES:
            if value.split() and set(value.split()) <= _STYLES:
                return value
            raise ThemeError(name, f"{table}.{key} = {_quoted(value)} is no text style")
        if _HEX.fullmatch(value) or value in _ANSI or (table == "variables" and value == "transparent"):
            return value
        hint = _nearest(value, _ANSI) if value.startswith("ansi") else "; write #rgb, #rrggbb or ansi_NAME"
        raise ThemeError(name, f"{table}.{key} = {_quoted(value)} is no colour{hint}")
    raise ThemeError(name, f"{table}.{key} must be a string, not {type(value).__name__}")


def _is_ansi(name: str, colors: Mapping[str, str], roles: Mapping[str, str]) -> bool:
    everything = [(f"colors.{key}", value) for key, value in colors.items()]
    everything += [(f"roles.{key}", value) for key, value in roles.items()]
    ansi = colors["background"].startswith("ansi_")
    for key, value in everything:
        if value.startswith("ansi_") != ansi:
            other = "one of the terminal's" if ansi else "a real colour"
            raise ThemeError(name, f"{key} = {value} does not go with the background, which is {other}")
    return ansi


def _nearest(word: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word[:60], sorted(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def _quoted(text: str) -> str:
    """Quotes text from a file in plain ASCII, cut to what fits into a sentence."""
    return ascii(text if len(text) <= 40 else text[:37] + "...")


def _ascii(text: str) -> str:
    return "".join(char if " " <= char <= "~" else ascii(char)[1:-1] for char in text)[:200]


def _os_reason(error: OSError) -> str:
    return f"cannot be read: {error.strerror or type(error).__name__}"
