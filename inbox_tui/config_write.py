"""Changes the configuration file without losing a comment, all or nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cache.files import sync_directory
from inbox_tui.config import Config, parse
from inbox_tui.config_check import ConfigError, shown

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

__all__ = ["add_source", "remove_view", "set_ui", "set_view", "write_atomic"]


def set_ui(path: Path, key: str, value: str | bool) -> Config:
    """Sets one key of `[ui]` and gives the configuration as it then is; a missing file is made.

    The new text is checked before it is written: raises ConfigError, and leaves the file as it was, for a
    key or value that is not allowed, for a file that was broken already and for one that cannot be written.
    """

    def change(document: TOMLDocument) -> None:
        _table(document, "ui")[key] = value

    return _changed(path, change, f"[ui], {shown(key)}: cannot be set")


def set_view(path: Path, name: str, query: str, sort: str | None) -> Config:
    """Saves a view, in the place of one of that name, and gives the configuration as it then is.

    Raises ConfigError, and leaves the file as it was, as `set_ui` does.
    """

    def change(document: TOMLDocument) -> None:
        view = _table(_table(document, "views", is_super_table=True), name)
        view["query"] = query
        if sort is not None:
            view["sort"] = sort
        elif "sort" in view:
            del view["sort"]

    return _changed(path, change, f"[views], {shown(name)}: cannot be saved")


def remove_view(path: Path, name: str) -> Config:
    """Removes a saved view, if it is there, and gives the configuration as it then is.

    Raises ConfigError, and leaves the file as it was, as `set_ui` does.
    """

    def change(document: TOMLDocument) -> None:
        if name in document.get("views", {}):
            del document["views"][name]

    return _changed(path, change, f"[views], {shown(name)}: cannot be removed")


def _changed(path: Path, change: Callable[[TOMLDocument], None], failure: str) -> Config:
    """The configuration after a change of its file; `failure` is said of a change that TOML refuses."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    document = _document(path)
    try:
        change(document)
        text = tomlkit.dumps(document)
    except (TOMLKitError, TypeError, ValueError) as exc:
        raise ConfigError(f"{shown(path)}, {failure}.") from exc
    config = parse(text, path)
    write_atomic(path, text)
    return config


def _table(outer: Any, name: str, *, is_super_table: bool = False) -> Any:  # noqa: ANN401 - as tomlkit has it
    """The table of a name, made if it is missing."""
    import tomlkit

    if name not in outer:
        outer[name] = tomlkit.table(is_super_table=is_super_table)
    return outer[name]


def add_source(path: Path, name: str, values: Mapping[str, str]) -> Config:
    """Adds the section of a source to the end of the file and gives the configuration as it then is.

    Everything else stays as it is written; a missing file is made. The new text is checked before it is
    written: raises ConfigError, and leaves the file as it was, for a name that is taken or not allowed, for
    a value that is not allowed, for a file that was broken already and for one that cannot be written.
    """
    import tomlkit

    text = _text(path)
    before = parse(text, path)
    if name in before.sources:
        raise ConfigError(f"{shown(path)}, [sources.{shown(name)}]: there is a source of that name already.")
    section = tomlkit.dumps({"sources": {name: dict(values)}})
    parse(section, path)
    line_break = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text else line_break if text.endswith("\n") else 2 * line_break
    text += gap + section.replace("\n", line_break)
    try:
        config = parse(text, path)
    except ConfigError as exc:
        raise ConfigError(
            f"{shown(path)}: the section [sources.{name}] cannot be added, because the sources in it are not"
            " written as sections."
        ) from exc
    write_atomic(path, text)
    return config


def write_atomic(path: Path, text: str) -> None:
    """Replaces a file in one step: after a power cut it holds the old text or the new one, never a part.

    The file is 0600; directories that are missing are made 0700. A link is followed, so that it stays one.
    Raises ConfigError when the disk refuses, and leaves no temporary file behind.
    """
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        sync_directory(target.parent)
    except OSError as exc:
        raise ConfigError(f"{shown(path)} cannot be written: {exc.strerror or type(exc).__name__}.") from exc


def _document(path: Path) -> TOMLDocument:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    text = _text(path)
    parse(text, path)
    try:
        return tomlkit.parse(text)
    except TOMLKitError as exc:
        raise ConfigError(f"{shown(path)} cannot be changed: {shown(exc)}.") from exc


def _text(path: Path) -> str:
    """The text of the file, empty when there is none."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{shown(path)} is not UTF-8 (byte {exc.start}).") from exc
    except OSError as exc:
        raise ConfigError(f"{shown(path)} cannot be read: {exc.strerror or type(exc).__name__}.") from exc
