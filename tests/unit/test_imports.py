"""What is loaded before the first rows of the inbox are read, and what the cache never loads."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cache.schema import CACHE, OUTBOX, open_database
from cache.store.writer import Writer
from cache.sync.remote import FetchedSubmission
from inbox_tui.providers.awardee import decode

ROOT = Path(__file__).resolve().parents[2]
LATE = {"httpx", "pydantic", "pydantic_core", "sqlite_utils", "keyring", "click", "starlette", "uvicorn"}

OPEN_WORKSPACE = """
import sys
from inbox_tui import start
start.open_workspace()
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""

SHOW_FIRST_ROWS = """
import functools, os, sys
from inbox_tui.app import InboxApp
from inbox_tui.start import run_inbox

def shown(app):
    sys.__stderr__.write(" ".join({name.partition(".")[0] for name in sys.modules}))
    sys.__stderr__.flush()
    os._exit(0)

InboxApp.first_rows_shown = shown
InboxApp.run = functools.partialmethod(InboxApp.run, headless=True)
run_inbox([])
"""

LOAD_CACHE = """
import importlib, pkgutil, sys
import cache
for module in pkgutil.walk_packages(cache.__path__, "cache."):
    importlib.import_module(module.name)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.fixture
def environ(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('[sources.acme]\nprovider = "awardee"\nkey_env = "NO_SUCH_KEY"\n', encoding="utf-8")
    data = tmp_path / "data"
    raw = {"id": "s1", "created_at": "2026-01-02T03:04:05Z", "data": {}}
    with (
        contextlib.closing(open_database(data, CACHE)) as cache,
        contextlib.closing(open_database(data, OUTBOX)),
    ):
        writer = Writer(cache, wall=lambda: 1_767_323_045.0)
        writer.sources.ensure("acme", "awardee")
        writer.apply("acme", [FetchedSubmission(decode(raw, "acme"), json.dumps(raw))], 1)
    return {"INBOX_TUI_CONFIG": str(config), "INBOX_TUI_DATA": str(data)}


def loaded(code, environ, stream="stdout"):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(getattr(done, stream).split())


@pytest.mark.slow
def test_nothing_heavy_is_loaded_until_the_first_rows_show(environ):
    found = loaded(SHOW_FIRST_ROWS, environ, "stderr")
    assert {"textual", "sqlite3", "inbox_tui"} <= found
    assert found & LATE == set()


def test_the_place_of_the_files_is_not_looked_up_when_the_environment_names_it(environ):
    # Textual loads platformdirs itself, but later.
    found = loaded(OPEN_WORKSPACE, environ)
    assert "inbox_tui" in found
    assert found & {*LATE, "platformdirs", "textual"} == set()


def test_the_cache_loads_neither_terminal_nor_network():
    found = loaded(LOAD_CACHE, {})
    assert "cache" in found
    assert found & {"textual", "rich", "httpx", "pydantic", "inbox_tui"} == set()
