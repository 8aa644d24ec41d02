"""Packs that are damaged, cut short or no packs: what is good in them is stored, the rest is told."""

import json
import shutil

import pytest

from inbox_tui.packs import row_line
from tests.cli.packing import MADE, pack, raw


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty."),
        ("hello\n", "line 1: this is no pack."),
        ('{"id": 1}\n', "line 1: this is no pack."),
        ("[" * 100_000, "line 1: this is no pack."),
        ("\x00\x01\x02\n", "line 1: this is no pack."),
        (
            '{"format":"inbox-tui pack","version":2}\n',
            "line 1: a newer version of inbox-tui wrote it (format 2,",
        ),
        ('{"format":"inbox-tui pack","version":1}\n', "line 1: the head of the pack is damaged."),
        ('{"format":"inbox-tui pack","version":"1"}\n', "line 1: the head of the pack is damaged."),
    ],
)
def test_a_file_that_is_no_pack_is_refused_and_nothing_is_stored(here, tmp_path, text, said):
    path = tmp_path / "a.pack"
    path.write_text(text, encoding="utf-8")
    result = here("import", str(path))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"inbox-tui: {path}: {said}")
    assert here.json("list", "--json") == []


def test_bad_lines_are_left_out_and_told_and_the_others_are_stored(here, tmp_path):
    path = pack(
        tmp_path / "a.pack",
        1,
        "no json\n",
        row_line("acme", raw(2, id=""), MADE),
        row_line("acme", raw(3, created_at="soon"), MADE),
        row_line("stranger", raw(4), MADE),
        row_line("acme", raw(5), MADE).replace("false", "NaN"),
        '{"source":"acme","seen_at":"2026-05-01T00:00:00Z"}\n',
        '{"source":"acme","seen_at":7,"raw":{}}\n',
        row_line("acme", '{"a":' * 5_000 + "1" + "}" * 5_000, MADE),
        "[1]\n",
        8,
    )
    result = here("import", path)
    assert result.exit_code == 1
    assert result.stdout == "2 new, 0 changed, 0 kept as they were.\n"
    assert result.stderr == (
        "inbox-tui: 9 submissions of the pack are not readable and left out, the first in line 3: not JSON.\n"
    )
    assert [row["number"] for row in here.json("list", "sort:number", "--json")] == [1, 8]
    told = here("import", path, "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["first_unreadable_line"] == 3


def test_the_reason_for_a_bad_line_quotes_nobody(here, tmp_path):
    path = pack(tmp_path / "a.pack", row_line("acme", raw(3, created_at="secret word"), MADE))
    result = here("import", path)
    assert "line 2: unreadable created_at." in result.stderr
    assert "secret" not in result.stderr


def test_a_pack_that_was_cut_short_is_told_with_what_is_good_in_it(here, tmp_path):
    whole = pack(tmp_path / "a.pack", 1, 2, 3)
    text = (tmp_path / "a.pack").read_text("utf-8")
    cut = tmp_path / "cut.pack"
    cut.write_text(text[: text.rindex("Ann 3")], "utf-8")
    result = here("import", str(cut))
    assert result.exit_code == 1
    assert result.stdout == "2 new, 0 changed, 0 kept as they were.\n"
    assert "line 4: cut short." in result.stderr
    assert "the pack is cut short" in result.stderr
    shutil.rmtree(here.data)
    cut.write_text("".join(text.splitlines(keepends=True)[:-1]), "utf-8")
    result = here("import", str(cut))
    assert (result.exit_code, "the pack is cut short" in result.stderr) == (1, True)
    assert here("import", whole).exit_code == 0


def test_lines_that_are_missing_are_told_as_such(here, tmp_path):
    result = here("import", pack(tmp_path / "a.pack", 1, 2, end=5))
    assert result.exit_code == 1
    assert result.stderr == (
        "inbox-tui: of 5 submissions that the pack says it holds only 2 are in it."
        " What could be read was stored.\n"
    )


def test_more_submissions_than_a_pack_says_are_told(here, tmp_path):
    result = here("import", pack(tmp_path / "a.pack", 1, 2, end=1))
    assert (result.exit_code, result.stdout) == (1, "2 new, 0 changed, 0 kept as they were.\n")
    assert result.stderr == (
        "inbox-tui: the pack says that it holds 1 submission, but there are 2."
        " What could be read was stored.\n"
    )


def test_lines_that_somebody_put_in_are_told_or_blank_and_nothing_else_is(here, tmp_path):
    lines = [row_line("acme", raw(1), MADE), "\n", "  \r\n", row_line("acme", raw(2), MADE)]
    result = here("import", pack(tmp_path / "a.pack", *lines, end=2))
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "2 new, 0 changed, 0 kept as they were.\n",
        "",
    )
    result = here("import", pack(tmp_path / "a.pack", *lines, "junk\n", end=2))
    assert result.exit_code == 1
    assert result.stderr == (
        "inbox-tui: 1 submission of the pack is not readable and left out, in line 6: not JSON.\n"
    )


def test_what_follows_the_end_is_not_read(here, tmp_path):
    path = pack(tmp_path / "a.pack", 1)
    with (tmp_path / "a.pack").open("a", encoding="utf-8") as file:
        file.write(row_line("acme", raw(2), MADE))
    result = here("import", path)
    assert result.exit_code == 1
    assert "line 4: something follows the end of the pack" in result.stderr
    assert len(here.json("list", "--json")) == 1
