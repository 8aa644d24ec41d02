"""What a person configured: frozen values, read from one TOML file and checked as a whole.

The file is described in docs/config.md. Flags and environment variables that outrank it are the callers'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from inbox_tui.config_check import ConfigError, Table, shown

__all__ = [
    "ADVANCES",
    "LAYOUTS",
    "MARK_READ",
    "SIGNS",
    "Config",
    "ConfigError",
    "ConfigMissing",
    "SourceConfig",
    "UiConfig",
    "ViewConfig",
    "load",
    "parse",
]

LAYOUTS: Final = ("auto", "wide", "medium", "stacked", "narrow")
SIGNS: Final = ("auto", "plain", "unicode")
ADVANCES: Final = ("next", "previous", "stay")
MARK_READ: Final = ("open", "dwell", "never")

_TABLES: Final = ("sources", "ui", "keys", "views")
_SOURCE_KEYS: Final = (
    "provider",
    "base_url",
    "key_env",
    "key_command",
    "containers",
    "poll_seconds",
    "me",
    "summary",
    "proxy",
    "ca_file",
)
_UI_KEYS: Final = ("theme", "layout", "signs", "advance", "mark_read", "wrap")
_VIEW_KEYS: Final = ("query", "sort")
_DEFAULT_POLL_SECONDS: Final = 60.0
_MAX_POLL_SECONDS: Final = 86_400.0


class ConfigMissing(ConfigError):
    """There is no configuration file."""


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One configured account at a provider. At most one of `key_env` and `key_command` is set."""

    name: str
    provider: str
    file: str = "config.toml"
    """The file it was read from, for messages."""
    base_url: str | None = None
    """None: the provider's own address."""
    key_env: str | None = None
    key_command: tuple[str, ...] | None = None
    """An argument list; no shell is involved."""
    containers: tuple[str, ...] = ()
    """Ids of the pages, forms or bots to follow; empty for all that the key sees."""
    poll_seconds: float = _DEFAULT_POLL_SECONDS
    me: str | None = None
    """The user id behind "me" where the credential does not tell."""
    summary: tuple[str, ...] = ()
    """Labels of the answers that the list shows."""
    proxy: str | None = None
    ca_file: str | None = None

    @property
    def where(self) -> str:
        """Where it is configured, for messages."""
        return f"{self.file}, [sources.{self.name}]"


@dataclass(frozen=True, slots=True)
class UiConfig:
    """How the inbox looks and acts."""

    theme: str = "dusk"
    layout: str = "auto"
    signs: str = "auto"
    advance: str = "next"
    mark_read: str = "open"
    wrap: bool = True


@dataclass(frozen=True, slots=True)
class ViewConfig:
    """A saved query with its sort; the text of both is checked by the query language."""

    name: str
    query: str
    sort: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration, in the order of the file."""

    path: Path
    sources: Mapping[str, SourceConfig] = field(default_factory=lambda: MappingProxyType({}))
    ui: UiConfig = UiConfig()
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Key sequences by command id; an empty tuple unbinds. Ids and keys are not checked here."""
    views: Mapping[str, ViewConfig] = field(default_factory=lambda: MappingProxyType({}))
    key_problems: tuple[str, ...] = ()
    """Lines of `[keys]` that were skipped, each as one sentence."""


def load(path: Path) -> Config:
    """Reads and checks the file. Raises ConfigMissing when there is none, ConfigError for any mistake."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigMissing(
            f"There is no configuration at {shown(path)}. `inbox-tui init` asks for a source and writes it;"
            " `inbox-tui demo` needs none."
        ) from None
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{shown(path)} is not UTF-8 (byte {exc.start}).") from exc
    except OSError as exc:
        raise ConfigError(f"{shown(path)} cannot be read: {exc.strerror or type(exc).__name__}.") from exc
    return parse(text, path)


def parse(text: str, path: Path) -> Config:
    """Checks the text of a configuration; `path` is only named in messages. Raises ConfigError."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{shown(path)} is not valid TOML: {shown(exc)}.") from exc
    except RecursionError as exc:
        raise ConfigError(f"{shown(path)} is nested too deeply.") from exc
    top = Table(document, shown(path), "")
    top.only(_TABLES)
    keys, problems = _keys(document.get("keys", {}), shown(path))
    return Config(
        path=path,
        sources=MappingProxyType({name: _source(table) for name, table in top.tables("sources").items()}),
        ui=_ui(top.table("ui")),
        keys=MappingProxyType(keys),
        views=MappingProxyType({name: _view(table) for name, table in top.tables("views").items()}),
        key_problems=problems,
    )


def _source(table: Table) -> SourceConfig:
    from inbox_tui.providers import provider_names

    table.name_check()
    table.only(_SOURCE_KEYS)
    command = table.texts("key_command")
    key_env = table.text("key_env")
    if command is not None and key_env is not None:
        raise table.error("key_env and key_command are both set; keep one")
    if command is not None and (not command or not command[0]):
        raise table.error("key_command needs a program to run", "key_command")
    if key_env is not None and ("=" in key_env or "\0" in key_env):
        raise table.error("key_env must be the name of an environment variable", "key_env")
    return SourceConfig(
        name=table.name,
        provider=table.choice("provider", provider_names()),
        file=table.file,
        base_url=table.address("base_url", loopback_http=True),
        key_env=key_env,
        key_command=command,
        containers=table.texts("containers") or (),
        poll_seconds=table.seconds("poll_seconds", _DEFAULT_POLL_SECONDS, _MAX_POLL_SECONDS),
        me=table.text("me"),
        summary=table.texts("summary") or (),
        proxy=table.address("proxy", loopback_http=False),
        ca_file=_expanded(table.text("ca_file")),
    )


def _expanded(path: str | None) -> str | None:
    return str(Path(path).expanduser()) if path is not None else None


def _ui(table: Table) -> UiConfig:
    table.only(_UI_KEYS)
    standard = UiConfig()
    return UiConfig(
        theme=table.text("theme") or standard.theme,
        layout=table.choice("layout", LAYOUTS, standard.layout),
        signs=table.choice("signs", SIGNS, standard.signs),
        advance=table.choice("advance", ADVANCES, standard.advance),
        mark_read=table.choice("mark_read", MARK_READ, standard.mark_read),
        wrap=table.switch("wrap", standard.wrap),
    )


def _view(table: Table) -> ViewConfig:
    table.only(_VIEW_KEYS)
    return ViewConfig(table.name, table.text("query", required=True) or "", table.text("sort"))


def _keys(table: Any, file: str) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:  # noqa: ANN401
    """The shape of `[keys]` alone. A bad line is skipped and told, so that it locks nobody out."""
    if not isinstance(table, dict):
        return {}, (f"{file}: keys must be a table; it was skipped.",)
    keys: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []
    for name, value in table.items():
        if isinstance(value, str):
            keys[name] = (value,)
        elif isinstance(value, list) and all(isinstance(each, str) for each in value):
            keys[name] = tuple(value)
        elif isinstance(value, dict):
            problems.append(
                f'{file}, [keys]: {shown(name)} is a table; write the id in quotes, as in "triage.resolve". '
                "It was skipped."
            )
        else:
            problems.append(
                f"{file}, [keys]: {shown(name)} must be a text or a list of texts; it was skipped."
            )
    return keys, tuple(problems)
