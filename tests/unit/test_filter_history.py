"""The file of filters that were used."""

import os
import stat
from pathlib import Path

import pytest

from inbox_tui.config import ConfigError
from inbox_tui.filter_history import FILE_NAME, MOST, add_filter, read_filters


def test_filters_are_kept_newest_last_each_once(tmp_path: Path) -> None:
    for query in ("demo", "is:spam", "demo"):
        kept = add_filter(tmp_path, query)
    assert kept == read_filters(tmp_path) == ("is:spam", "demo")


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("".join(f"num:{at}\n" for at in range(MOST + 50)))
    kept = add_filter(tmp_path, "demo")
    assert len(kept) == MOST
    assert kept[-2:] == (f"num:{MOST + 49}", "demo")
    assert len(read_filters(tmp_path)) == MOST


def test_the_file_is_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        add_filter(tmp_path, "lindqvist")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_what_another_inbox_added_meanwhile_stays(tmp_path: Path) -> None:
    add_filter(tmp_path, "mine")
    (tmp_path / FILE_NAME).write_text("mine\ntheirs\n")
    assert add_filter(tmp_path, "mine again") == ("mine", "theirs", "mine again")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b""])
def test_a_file_that_cannot_be_read_is_no_history(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    assert read_filters(tmp_path) == ()
    assert add_filter(tmp_path, "demo") == ("demo",)


def test_a_line_break_of_another_kind_is_part_of_a_filter(tmp_path: Path) -> None:
    add_filter(tmp_path, 'body:"a\u2028b"')
    assert read_filters(tmp_path) == ('body:"a\u2028b"',)


def test_a_disk_that_refuses_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        add_filter(tmp_path / "data", "demo")
