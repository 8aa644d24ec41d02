"""What line mode and the cache do not load."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

KINDS = ("json", "jsonl", "csv", "pack")

RUN_COMMANDS = """
import json, sys
from inbox_tui.cli import main

def forbidden(names):
    return sorted(name for name in sys.modules if name.split(".")[0] in names)

found = {}
for words in json.loads(sys.argv[1]):
    try:
        main(words, prog_name="inbox-tui")
    except SystemExit as end:
        found[" ".join(words)] = [int(end.code or 0), forbidden({"textual"})]
found["offline"] = forbidden({"httpx"}) if "sync" not in found else []
sys.stderr.write("\\n" + json.dumps(found))
"""

LOAD_CACHE = """
import importlib, pkgutil, sys
import cache
for module in pkgutil.walk_packages(cache.__path__, "cache."):
    importlib.import_module(module.name)
names = {"textual", "rich", "httpx", "pydantic", "click", "inbox_tui", "themes", "keyring"}
print(sorted({name.split(".")[0] for name in sys.modules} & names))
"""


def run(code, *words, environ=None):
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, **(environ or {}), "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


@pytest.mark.slow
def test_no_line_mode_command_loads_textual(synced):
    commands = [
        ["--version"],
        ["--help"],
        ["config", "path"],
        ["config", "check"],
        ["keys"],
        ["themes"],
        ["demo", "--print-key", "awardee"],
        ["demo", "--help"],
        ["list"],
        ["list", "--json"],
        ["show", "7"],
        ["show", "7", "--json"],
        ["set", "7", "--note", "x"],
        ["outbox", "list"],
        ["export", "--format", "csv"],
        ["export", "--format", "pack"],
        ["undo"],
        ["redo"],
        ["outbox", "retry"],
        ["sync"],
        ["set", "8", "--note", "y", "--wait"],
    ]
    done = run(RUN_COMMANDS, json.dumps(commands), environ=synced.environ)
    found = json.loads(done.stderr.splitlines()[-1])
    found.pop("offline")
    assert found == {" ".join(words): [0, []] for words in commands}


@pytest.mark.slow
def test_reading_the_local_copy_loads_no_http_client(synced):
    commands = [["--version"], ["list"], ["show", "7"], ["set", "7", "--note", "x"], ["outbox", "list"]]
    commands += [
        ["export", "--format", kind, "SUB-0007", "-o", f"{synced.directory}/x.{kind}"] for kind in KINDS
    ]
    commands += [["import", f"{synced.directory}/x.pack"]]
    done = run(RUN_COMMANDS, json.dumps(commands), environ=synced.environ)
    found = json.loads(done.stderr.splitlines()[-1])
    assert found["offline"] == []


def test_the_cache_loads_neither_terminal_nor_network_nor_the_program():
    assert run(LOAD_CACHE).stdout.strip() == "[]"


def test_asking_for_the_version_loads_next_to_nothing():
    code = (
        "import sys\nsys.argv = ['inbox-tui', '--version']\nfrom inbox_tui.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'textual', 'rich', 'httpx', 'pydantic', 'sqlite_utils', 'starlette', 'keyring'}\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & heavy))"
    )
    assert run(code).stdout.splitlines()[-1] == "[]"
