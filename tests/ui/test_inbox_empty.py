"""What an empty list says, and when."""

from inbox_tui.widgets.submission_list import SubmissionList
from tests.ui.inbox_harness import lone_home, open_inbox


async def test_a_list_that_was_never_filled_says_so_and_never_that_a_view_is_empty(tmp_path, monkeypatch):
    said = []

    def told(self, sentence):
        said.append(sentence)

    monkeypatch.setattr(SubmissionList, "watch_empty_text", told, raising=False)
    async with open_inbox(lone_home(tmp_path, filled=False), leads=False) as inbox:
        await inbox.until(lambda: "Nothing is stored yet" in inbox.rows.empty_text, "why it is empty")
    assert not [sentence for sentence in said if sentence.startswith(("Nothing in", "No submission"))]
