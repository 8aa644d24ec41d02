"""The person's own editor on a private file."""

import sys

import pytest

from inbox_tui.inbox.editor import EditorFailed, edit_text


def test_a_drafts_directory_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "drafts").write_text("in the way")
    with pytest.raises(EditorFailed, match="it is as it was"):
        edit_text("note", tmp_path / "drafts", [sys.executable, "-c", "pass"])


def test_an_editor_that_changes_nothing_gives_the_text_back(tmp_path):
    assert edit_text("one\ntwo", tmp_path / "drafts", [sys.executable, "-c", "pass"]) == "one\ntwo"
    assert list((tmp_path / "drafts").iterdir()) == []
