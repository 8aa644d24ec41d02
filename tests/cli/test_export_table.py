import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.models import TRIAGE_FIELDS, Capability, Detail, Field, Submission
from cache.text import contains_control
from inbox_tui.tables import MOST_COLUMNS, OTHER_ANSWERS, cell, csv_text

NOW = datetime(2026, 5, 22, tzinfo=UTC)
CAPABILITIES = dict.fromkeys(TRIAGE_FIELDS, Capability.LOCAL)


def detail(number, answers, **facts):
    fields = tuple(
        Field(f"k{order}", "text", label, value, order) for order, (label, value) in enumerate(answers)
    )
    submission = Submission("acme", "postbox", f"id{number:06d}", NOW, fields=fields, **facts)
    return Detail(number, submission, submission.triage, (), "clean", 0, "{}", False)


def rows(details, tmp_path):
    text = "".join(
        csv_text(
            details,
            capabilities=lambda source: CAPABILITIES,
            person=lambda user: f"name of {user}" if user else None,
            directory=tmp_path,
        )
    )
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x")',
        "+1+1",
        "-1+1",
        "-cmd|' /C calc'!A0",
        "@SUM(A1)",
        "|x",
        "\t=1",
        "\r=1",
        "\n=1",
        "   =1",
        "\u3000=1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1x",
        "\uff20x",
        "+49 30 123456",
        "+49-30-12",
        "-5-5",
        "-",
    ],
)
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(text):
    assert cell(text).startswith("'")


@pytest.mark.parametrize(
    "text", ["-5", "-1,200.50", "-0.5%", "-1,5", "0", "a=b", "ann@example.com", "", "(0) 30"]
)
def test_plain_text_and_negative_numbers_stay(text):
    assert cell(text) == text


@given(st.text())
def test_no_cell_begins_like_a_formula_or_holds_a_control_character(text):
    shown = cell(text)
    assert not shown.lstrip().startswith(("=", "+", "@", "|", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
    assert not contains_control(shown.replace("\n", ""))
    if shown.lstrip().startswith("-"):
        assert set(shown.strip()) <= set("-0123456789,.%")


def test_labels_become_columns_in_the_order_they_are_met(tmp_path):
    found = rows(
        [
            detail(1, [("Team", "5"), ("Message", "one\ntwo")]),
            detail(2, [("Budget", "9"), ("Team", "7"), ("Team", "8")]),
            detail(3, [("status", "odd"), ("Empty", ""), ("", "nameless")]),
        ],
        tmp_path,
    )
    head = found[0]
    first = head.index("Team")
    assert head[first:] == ["Team", "Message", "Budget", "answer: status", "k2"]
    assert [line[first:] for line in found[1:]] == [
        ["5", "one\ntwo", "", "", ""],
        ["7\n8", "", "9", "", ""],
        ["", "", "", "odd", "nameless"],
    ]


def test_facts_stand_before_the_answers(tmp_path):
    head, line = rows(
        [detail(1, [], status="resolved", flagged=True, assignee_id="u1", notes="=x")], tmp_path
    )
    told = dict(zip(head, line, strict=True))
    assert told["created_at"] == "2026-05-22T00:00:00Z"
    assert (told["status"], told["flagged"], told["assignee"], told["assignee_id"]) == (
        "resolved",
        "yes",
        "name of u1",
        "u1",
    )
    assert (told["notes"], told["triage"]) == ("'=x", "local")


def test_a_label_cannot_be_a_formula_either(tmp_path):
    head, _ = rows([detail(1, [("=cmd()", "x"), ("\x1b[2J", "y")])], tmp_path)
    assert head[-2:] == ["'=cmd()", "\u241b[2J"]


@pytest.mark.slow
def test_labels_without_end_share_the_last_column(tmp_path):
    strangers = [detail(number, [(f"label {number}", f"v{number}")]) for number in range(MOST_COLUMNS + 3)]
    found = rows(strangers, tmp_path)
    assert found[0][-1] == OTHER_ANSWERS
    assert found[0][-2] == f"label {MOST_COLUMNS - 1}"
    assert [line[-1] for line in found[-3:]] == [
        f"label {number}: v{number}" for number in range(MOST_COLUMNS, MOST_COLUMNS + 3)
    ]
    assert {len(line) for line in found} == {len(found[0])}


def test_no_rows_are_a_table_with_its_head_alone(tmp_path):
    (head,) = rows([], tmp_path)
    assert head[0] == "source"
    assert list(tmp_path.iterdir()) == []
