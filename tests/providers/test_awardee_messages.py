"""How the messages of a conversation are read: docs/contracts/awardee.md section 3."""

from datetime import UTC, datetime

import pytest

from inbox_tui.providers.awardee_messages import read_messages


def message(**changes):
    row = {"id": "m1", "role": "user", "author_id": None, "created_at": "2026-05-22T09:14:00Z"}
    return {**row, "parts": [{"order": 0, "text": "hello"}], **changes}


def test_a_message_has_its_role_time_and_parts_in_their_order() -> None:
    parts = [
        {"order": 2, "text": "c"},
        {"order": 0, "text": "a"},
        {"text": "last"},
        {"order": 1, "text": "b"},
    ]
    (read,) = read_messages([message(parts=parts)])
    assert (read.id, read.role, read.parts) == ("m1", "user", ("a", "b", "c", "last"))
    assert read.created_at == datetime(2026, 5, 22, 9, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ({"tool_name": "present_page", "tool_input": {"page": "contact"}}, ("[tool: present_page]",)),
        ({"file_name": "a.pdf", "file_url": "https://x.example/a"}, ("[file: a.pdf, https://x.example/a]",)),
        ({"file_id": 7}, ("[file]",)),
        ({"text": ""}, ()),
        ({"surprise": 1}, ()),
        ("text", ()),
    ],
)
def test_what_is_no_text_is_named_in_words(part: object, shown: tuple[str, ...]) -> None:
    (read,) = read_messages([message(parts=[part])])
    assert read.parts == shown


@pytest.mark.parametrize("parts", [None, "hello", {}, 5])
def test_a_message_without_a_list_of_parts_is_empty(parts: object) -> None:
    (read,) = read_messages([message(parts=parts)])
    assert read.parts == ()


def test_what_is_no_message_is_left_out_and_odd_values_are_survived() -> None:
    odd = message(id=5, role=None, author_id=7, created_at="soon", parts=[{"order": True, "text": "x"}])
    read = read_messages(["nonsense", odd, message()])
    assert [one.id for one in read] == ["#1", "m1"]
    assert (read[0].role, read[0].author_id, read[0].created_at, read[0].parts) == ("", None, None, ("x",))
