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


async def test_an_empty_view_of_a_filled_list_is_called_by_its_name_and_a_filter_is_not_blamed(tmp_path):
    async with open_inbox(
        lone_home(tmp_path, more='[views.Never]\nquery = "email:nobody@example.invalid"\n'),
        view="Never",
        leads=False,
        rows=False,
    ) as inbox:
        await inbox.until(lambda: inbox.rows.empty_text == "Nothing in Never.", "why it is empty")
        await inbox.press("/")
        await inbox.typed("zzzz")
        await inbox.until(lambda: inbox.rows.empty_text.startswith("No submission matches."), "the filter")
        await inbox.press("escape")
        await inbox.until(lambda: inbox.rows.empty_text == "Nothing in Never.", "the view again")
