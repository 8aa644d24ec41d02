"""Says where the files of a person are. Nothing is created and nothing is read here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

__all__ = ["APP_NAME", "config_dir", "config_file", "data_dir", "themes_dir"]

APP_NAME: Final = "inbox-tui"


def config_file(environ: Mapping[str, str]) -> Path:
    """The configuration file: `INBOX_TUI_CONFIG`, else `config.toml` in the platform's place."""
    named = environ.get("INBOX_TUI_CONFIG", "")
    if named:
        return _absolute(named)
    return _platform_config_dir() / "config.toml"


def config_dir(environ: Mapping[str, str]) -> Path:
    """The directory of the configuration file."""
    return config_file(environ).parent


def data_dir(environ: Mapping[str, str]) -> Path:
    """The directory of the local copy and the outbox: `INBOX_TUI_DATA`, else the platform's place."""
    named = environ.get("INBOX_TUI_DATA", "")
    if named:
        return _absolute(named)
    import platformdirs

    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def themes_dir(environ: Mapping[str, str]) -> Path:
    """Where a person's own colour themes are: `themes` beside the configuration file."""
    return config_dir(environ) / "themes"


def _absolute(named: str) -> Path:
    return Path(named).expanduser().absolute()


def _platform_config_dir() -> Path:
    import platformdirs

    return Path(platformdirs.user_config_dir(APP_NAME, appauthor=False))
