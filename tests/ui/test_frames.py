"""How often the screen is drawn."""

import sys
from subprocess import run

import pytest


@pytest.mark.parametrize(("given", "frames"), [(None, "480"), ("30", "30")])
def test_the_inbox_draws_more_frames_a_second_unless_somebody_says_otherwise(given, frames, tmp_path):
    """The number counts only before Textual is loaded."""
    program = (
        "import os, sys; from inbox_tui import start;"
        "start._run_app = lambda *_: print(__import__('textual.constants').constants.MAX_FPS) or 0;"
        "sys.exit(start.run_inbox([], os.environ))"
    )
    config = tmp_path / "config.toml"
    config.write_text('[sources.acme]\nprovider = "awardee"\nkey_env = "NO_KEY"\n')
    environ = {"INBOX_TUI_CONFIG": str(config), "INBOX_TUI_DATA": str(tmp_path / "data"), "TERM": "xterm"}
    environ |= {} if given is None else {"TEXTUAL_FPS": given}
    done = run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environ)
    assert done.stdout.splitlines()[-1:] == [frames], (done.stdout, done.stderr)
