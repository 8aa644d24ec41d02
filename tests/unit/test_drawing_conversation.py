"""The conversation tab: messages in words, and why there are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cache.models import Attribution, Message
from inbox_tui.drawing import Conversation, SameContact, line_width, tab_lines
from inbox_tui.drawing.timeline import Timeline
from tests.unit.drawing_making import CREATED, SETTING, detail, submission, texts

CHATTED = detail(submission(attribution=Attribution(conversation_id="c1")))


def lines(of: Conversation, shown=CHATTED, width: int = 60) -> list[str]:
    setting = replace(SETTING, width=width)
    return texts(tab_lines("conversation", shown, Timeline(), setting, SameContact(), of))


def said(name: str, *parts: str, role: str = "user", minutes: int = 0) -> Message:
    return Message(name, role, CREATED + timedelta(minutes=minutes), None, parts)


def test_messages_come_oldest_first_under_who_said_them() -> None:
    later = said("b", "an answer", role="assistant", minutes=1)
    assert lines(Conversation((later, said("a", "a question", "[file: x.pdf]")), "read")) == [
        "visitor  22 May 09:14",
        "  a question",
        "  [file: x.pdf]",
        "",
        "assistant  22 May 09:15",
        "  an answer",
        "",
    ]


def test_somebody_of_the_team_is_called_by_name() -> None:
    message = replace(said("a", "hello", role="assistant"), author_id="u7")
    setting = replace(SETTING, names={"u7": "Ama Boateng"})
    of = Conversation((message,), "read")
    drawn = texts(tab_lines("conversation", CHATTED, Timeline(), setting, SameContact(), of))
    assert drawn[0].startswith("Ama Boateng  22 May")


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        (Conversation(), "the conversation was not read yet"),
        (Conversation((), "reading"), "reading the conversation ..."),
        (Conversation((), "read"), "nothing was said in it"),
        (Conversation((), "failed", "No."), "the conversation could not be read: No."),
        (Conversation((), "failed"), "the conversation could not be read: the reason is not known"),
    ],
)
def test_what_keeps_it_from_being_shown_is_said(of: Conversation, sentence: str) -> None:
    assert lines(of, width=100)[0] == sentence


def test_other_systems_and_other_submissions_have_none_that_can_be_read() -> None:
    other = detail(submission(provider="mimicbot", attribution=Attribution(conversation_id="c1")))
    for shown in (other, detail()):
        assert lines(Conversation(), shown, 100) == [
            "this submission came from no conversation that can be read"
        ]


@pytest.mark.parametrize("width", [12, 30, 80])
def test_a_long_conversation_stays_within_its_bounds(width: int) -> None:
    messages = tuple(said(str(at), "質問 word " * 30) for at in range(400))
    of = Conversation(messages, "read")
    drawn = tab_lines("conversation", CHATTED, Timeline(), replace(SETTING, width=width), SameContact(), of)
    assert len(drawn) < 2000
    assert all(line_width(line) <= width for line in drawn)
    assert "more" in " ".join(texts(drawn)[-2:])
