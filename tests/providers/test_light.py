"""What is loaded to speak HTTP."""

import sys
from subprocess import run

import pytest


@pytest.mark.parametrize("before", ["sys", "click", "httpx"])
def test_httpx_is_loaded_without_its_command_line_and_nobody_else_misses_anything(before):
    """Whoever loaded what before: only one that has loaded all of httpx keeps it."""
    program = (
        f"import sys, {before}; import inbox_tui.providers.http as http;"
        "assert http.httpx.AsyncClient and http.httpx.main;"
        f"assert ('pygments' in sys.modules) is ({before!r} == 'httpx'), 'loaded';"
        "import click; click.echo('here')"
    )
    done = run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "here\n"), done.stderr
