"""What `y` takes from a submission."""

from __future__ import annotations

from cache.models import Reply
from inbox_tui.inbox.copying import COPIES
from tests.unit.drawing_making import detail, submission


def test_the_reply_that_is_copied_is_its_whole_text() -> None:
    _, choose = COPIES["copy.reply"]
    text = "Hello Mara,\n\nyes, we can."
    assert choose(detail(submission(reply=Reply("completed", text, "Re: seats")))) == text


def test_without_a_reply_or_its_text_there_is_nothing_to_copy() -> None:
    _, choose = COPIES["copy.reply"]
    assert choose(detail()) is None
    assert choose(detail(submission(reply=Reply("needs_human_reply")))) is None
