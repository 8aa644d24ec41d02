"""The bundled themes, and what happens to theme files that people write themselves."""

from __future__ import annotations

import colorsys
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.color import Color
from textual.theme import Theme

from themes import BUNDLED, COLORS, DEFAULT_THEME, ROLES, ThemeError, bundled, load_theme, load_user_themes
from themes.loader import FILL_ROLES, LINE_ROLES, TEXT_ROLES, VARIABLES, ThemeSpec

REAL = ("dusk", "paper", "contrast")
GROUNDS = ("background", "surface", "panel")


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def to_textual(spec: ThemeSpec) -> Theme:
    return Theme(
        name=spec.name,
        dark=spec.dark,
        ansi=spec.ansi,
        variables=dict(spec.variables),
        **{key: getattr(spec, key) for key in COLORS},
    )


def test_there_is_a_dark_a_light_a_strong_and_a_terminal_theme() -> None:
    themes = bundled()
    assert tuple(themes) == BUNDLED
    assert next(iter(themes)) == DEFAULT_THEME
    assert {name: (theme.dark, theme.ansi) for name, theme in themes.items()} == {
        "dusk": (True, False),
        "paper": (False, False),
        "contrast": (True, False),
        "terminal": (True, True),
    }


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_of_every_role_can_be_read_on_every_ground(name: str, ground: str) -> None:
    theme = bundled()[name]
    least = 7.0 if name == "contrast" else 4.5
    weak = {
        role: round(contrast(theme.roles[role], getattr(theme, ground)), 2)
        for role in TEXT_ROLES
        if contrast(theme.roles[role], getattr(theme, ground)) < least
    }
    assert weak == {}


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize(("text", "fill"), FILL_ROLES)
def test_text_on_its_fill_can_be_read(name: str, text: str, fill: str) -> None:
    theme = bundled()[name]
    assert contrast(theme.roles[text], theme.roles[fill]) >= 4.5


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("role", LINE_ROLES)
def test_lines_stand_out_from_the_ground(name: str, role: str) -> None:
    theme = bundled()[name]
    assert contrast(theme.roles[role], theme.background) >= 3


@pytest.mark.parametrize("name", REAL)
def test_no_role_is_green_so_nothing_is_told_by_red_against_green(name: str) -> None:
    for role, color in bundled()[name].roles.items():
        red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
        hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
        assert saturation < 0.15 or not 75 <= hue * 360 <= 165, role


def test_the_terminal_theme_uses_no_green() -> None:
    assert not [role for role, color in bundled()["terminal"].roles.items() if "green" in color]


@pytest.mark.parametrize("name", BUNDLED)
def test_textual_understands_every_value_and_has_a_variable_for_each_role(name: str) -> None:
    theme = to_textual(bundled()[name])
    theme.to_color_system().generate()
    for role in ROLES:
        Color.parse(theme.variables[f"role-{role.replace('_', '-')}"])
    for variable, value in theme.variables.items():
        assert variable.endswith(("-style", "link-style-hover")) or Color.parse(value)


def test_every_variable_a_theme_may_set_exists_in_textual() -> None:
    generated = to_textual(load_theme("", "plain")).to_color_system().generate()
    assert set(VARIABLES) <= set(generated)


def test_a_theme_of_a_person_changes_what_it_names_and_keeps_the_rest() -> None:
    theme = load_theme('dark = false\n[colors]\nprimary = "#a3c"\n[roles]\ncursor_bg = "#112233"', "mine")
    paper = bundled()["paper"]
    assert (theme.primary, theme.roles["cursor_bg"], theme.dark) == ("#a3c", "#112233", False)
    assert theme.variables["role-cursor-bg"] == "#112233"
    assert (theme.error, theme.roles["muted"]) == (paper.error, paper.roles["muted"])


def test_a_base_can_be_named() -> None:
    theme = load_theme('base = "terminal"\n[roles]\nmuted = "ansi_bright_black"', "mine")
    assert theme.ansi
    assert theme.variables["role-muted"] == "ansi_bright_black"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("dark = ", "line 1"),
        ("dark = true\n[colors\n", "line 2"),
        ('dark = "yes"', "dark must be true or false"),
        ("drak = true", "unknown key 'drak'; did you mean dark?"),
        ('[colors]\nprimry = "#fff"', "unknown key 'colors.primry'; did you mean primary?"),
        ('[roles]\nmutted = "#fff"', "unknown key 'roles.mutted'; did you mean muted?"),
        ('[variables]\nscrolbar = "#fff"', "did you mean scrollbar?"),
        ('[colors]\nprimary = "red"', "colors.primary = 'red' is no colour"),
        ('[colors]\nprimary = "#12345"', "colors.primary = '#12345' is no colour"),
        ('[colors]\nprimary = "#fff\\n"', "is no colour"),
        ('[colors]\nprimary = "ansi_blu"', "did you mean ansi_blue?"),
        ("[colors]\nprimary = 7", "colors.primary must be a string, not int"),
        ("colors = 7", "colors must be a table"),
        ('[variables]\nborder = "$primary"', "variables.border"),
        ('[variables]\nlink-style = "blink"', "no text style"),
        ('[roles]\nmuted = "ansi_red"', "roles.muted = ansi_red does not go with the background"),
        ('base = "terminal"\n[roles]\nmuted = "#777"', "roles.muted"),
        ('base = "dust"', "did you mean dusk?"),
        ("base = 3", "base must be one of"),
        ('"\\u001b[31m" = 1', "unknown key '\\x1b[31m'"),
        ("a = " + "[" * 20_000, "TOML"),
        ("a = " + "9" * 10_000, "TOML"),
    ],
)
def test_a_bad_theme_says_what_is_wrong_with_it(text: str, reason: str) -> None:
    with pytest.raises(ThemeError) as caught:
        load_theme(text, "mine")
    assert reason in caught.value.reason
    assert caught.value.theme == "mine"
    assert caught.value.reason.isascii()
    assert caught.value.reason.isprintable()


@given(st.text())
def test_any_text_is_a_theme_or_a_theme_error(text: str) -> None:
    try:
        outcome = set(load_theme(text, "mine").roles)
    except ThemeError as error:
        outcome = {error.reason.isprintable()}
    assert outcome in (set(ROLES), {True})


def test_a_bad_file_is_named_and_the_others_load(tmp_path: Path) -> None:
    files = {
        "good.toml": b"dark = true",
        "light.toml": b"dark = false",
        "broken.toml": b"dark = true\n[",
        "latin.toml": b"# \xe9\n",
        "dusk.toml": b"dark = true",
        "Bad Name.toml": b"dark = true",
        "large.toml": b"#" * 70_000,
        "notes.txt": b"not a theme",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "dangling.toml").symlink_to(tmp_path / "nowhere")

    result = load_user_themes(tmp_path)

    assert sorted(result.themes) == ["good", "light"]
    reasons = {problem.path.name: problem.reason for problem in result.problems}
    assert sorted(reasons) == sorted(
        {*files, "folder.toml", "pipe.toml", "dangling.toml"} - {"good.toml", "light.toml", "notes.txt"}
    )
    assert "line 2" in reasons["broken.toml"]
    assert "UTF-8" in reasons["latin.toml"]
    assert "bundled theme" in reasons["dusk.toml"]
    assert "64 KB" in reasons["large.toml"]
    assert "regular file" in reasons["pipe.toml"]


def test_no_folder_means_no_themes(tmp_path: Path) -> None:
    result = load_user_themes(tmp_path / "absent")
    assert (dict(result.themes), result.problems) == ({}, ())


def test_a_file_in_place_of_the_folder_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "themes"
    path.write_text("")
    assert [problem.path for problem in load_user_themes(path).problems] == [path]


def test_a_theme_cannot_be_changed_once_loaded() -> None:
    with pytest.raises(TypeError):
        bundled()["dusk"].roles["text"] = "#000000"  # type: ignore[index]


def test_loading_themes_imports_nothing_heavy() -> None:
    code = (
        "import sys, themes; themes.bundled(); print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "themes" in loaded
    assert not loaded & {
        "textual",
        "rich",
        "cache",
        "inbox_tui",
        "httpx",
        "pydantic",
        "difflib",
        "importlib_resources",
    }
