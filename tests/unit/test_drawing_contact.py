"""The history tab, the line beside the answers, and the number on the tab."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cache.models import Contact, Key, Row
from inbox_tui.drawing import TABS, SameContact, Setting, Tab, line_width, tab_lines, tab_strip
from inbox_tui.drawing.contact import contact_sentence
from inbox_tui.drawing.timeline import Timeline
from tests.unit.drawing_making import NOW, SETTING, answers, detail, submission, texts


def row(number: int, status: str = "read", source: str = "acme", about: str = "Question") -> Row:
    return Row(
        rowid=number,
        key=Key(source, f"id-{number}"),
        ref=f"SUB-{number:04d}",
        created=int(NOW) - 86400 * (1000 - number),
        status=status,
        priority="none",
        flagged=False,
        assignee_id=None,
        assignee_name=None,
        sync="clean",
        who="Mara",
        about=about,
        cleaned=False,
    )


def contact(
    *others: Row, here: int = 500, earlier: int | None = None, later: int | None = None
) -> SameContact:
    rows = sorted(others, key=lambda one: -one.rowid)
    before = [one for one in rows if one.rowid < here]
    return SameContact(
        tuple(rows),
        len(before) if earlier is None else earlier,
        len(rows) - len(before) if later is None else later,
        before[0] if before else None,
        row(here),
    )


def history(of: SameContact, width: int = 100) -> list[str]:
    return texts(tab_lines("history", detail(), Timeline(), replace(SETTING, width=width), of))


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        (SameContact(), ""),
        (contact(row(3, "resolved"), row(2)), "Same contact: 2 earlier, the last resolved"),
        (contact(row(900)), "Same contact: 1 later"),
        (contact(row(3, "in_progress"), row(900)), "Same contact: 1 earlier, the last in progress; 1 later"),
        (contact(row(3), earlier=1234), "Same contact: 1,234 earlier, the last read"),
    ],
)
def test_the_sentence_counts_and_names_the_last_outcome(of: SameContact, sentence: str) -> None:
    assert contact_sentence(of) == sentence


def test_the_sentence_follows_the_answers_and_comes_before_the_note() -> None:
    of = detail(submission(fields=answers(("Name", "Mara"))))
    lines = texts(tab_lines("fields", of, Timeline(), SETTING, contact(row(3, "resolved"))))
    assert lines[:2] == ["Name                      Mara", "Same contact: 1 earlier, the last resolved"]
    assert not any("Same contact" in line for line in texts(tab_lines("fields", of, Timeline(), SETTING)))


def test_the_present_one_stands_marked_at_its_place_and_columns_are_aligned() -> None:
    lines = history(contact(row(3, "resolved", "postbox"), row(900, "new"), row(2, "spam", "shop")))[3:]
    assert [line[:11].strip() for line in lines] == ["SUB-0900", "› SUB-0500", "SUB-0003", "SUB-0002"]
    assert {line.index("Question") for line in lines} == {lines[0].index("Question")}
    assert "✓ resolved" in lines[2]
    assert "postbox" in lines[2]


def test_what_is_not_listed_is_counted_on_its_side_of_the_present_one() -> None:
    lines = history(contact(row(3), row(900), earlier=7, later=4))
    assert lines[3].split()[0] == "SUB-0900"
    assert lines[4] == "... and 3 more later"
    assert lines[5].split()[:2] == ["›", "SUB-0500"]
    assert lines[7] == "... and 6 more earlier"


@pytest.mark.parametrize("width", [12, 20, 40, 46, 71, 72, 200])
def test_no_line_is_wider_than_the_pane(width: int) -> None:
    of = contact(row(3, "in_progress", "a source with a long name", "質問" * 60), row(900, about="x" * 300))
    setting = Setting(width=width, now=NOW)
    for line in tab_lines("history", detail(), Timeline(), setting, of):
        assert line_width(line) <= width


def test_without_others_it_says_whether_the_contact_is_known_at_all() -> None:
    known = detail(submission(contact=Contact(email="mara@example.com")))
    said = texts(tab_lines("history", known, Timeline(), SETTING))
    assert said == ["nothing else of the same contact is known here"]
    assert history(SameContact())[0].startswith("it names no e-mail address, phone number or visitor")


@pytest.mark.parametrize("current", TABS)
def test_the_tab_has_the_count_where_there_is_room_for_names(current: Tab) -> None:
    text = "".join(piece.text for piece in tab_strip(current, 46, 3).line)
    assert "History 3" in text
    assert "Notes" in text
    chatting = "".join(piece.text for piece in tab_strip(current, 45, 3, chats=True).line)
    assert "History 3" in chatting
    assert "Chat" in chatting
    short = "".join(piece.text for piece in tab_strip("fields", 30, 3).line)
    assert "H3" in short
    assert "History" in "".join(piece.text for piece in tab_strip("fields", 80).line)
    assert "History 0" not in "".join(piece.text for piece in tab_strip("fields", 80).line)
