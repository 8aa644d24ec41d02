"""Every sign is one cell wide, tells its value apart from the others, and fits the terminal's encoding."""

import pytest

from cache.models import PRIORITIES, STATUSES
from inbox_tui.format import cell_len
from inbox_tui.signs import PLAIN, UNICODE, Sign, SignSet, choose_signs
from themes import ROLES

STATES = ("queued", "sending", "verifying", "rejected", "orphaned", "conflict", "local", "clean")


def every_sign(signs: SignSet) -> list[Sign]:
    return [
        *(signs.status(status) for status in (*STATUSES, "strange")),
        *(signs.priority(priority) for priority in (*PRIORITIES, "strange")),
        *(signs.sync(state, local=local) for state in STATES for local in (False, True)),
        *(signs.flag(on) for on in (False, True)),
        signs.cleaned,
        signs.translated,
        signs.cursor,
    ]


@pytest.mark.parametrize("signs", [UNICODE, PLAIN], ids=lambda signs: signs.name)
def test_every_sign_takes_one_cell_and_has_a_role_of_the_themes(signs: SignSet) -> None:
    assert {cell_len(sign.text) for sign in every_sign(signs)} == {1}
    assert {sign.role for sign in every_sign(signs)} <= set(ROLES)
    assert cell_len(signs.ellipsis) == 1


@pytest.mark.parametrize("signs", [UNICODE, PLAIN], ids=lambda signs: signs.name)
def test_values_of_one_column_are_told_apart_without_colour(signs: SignSet) -> None:
    for column in (
        [signs.status(status).text for status in (*STATUSES, "strange")],
        [signs.priority(priority).text for priority in (*PRIORITIES, "strange")],
        [signs.sync(state).text for state in ("queued", "rejected", "conflict", "local", "clean")],
    ):
        assert len(set(column)) == len(column)


def test_plain_signs_are_ascii() -> None:
    assert all(sign.text.isascii() for sign in every_sign(PLAIN))


def test_a_clean_row_of_a_local_source_says_so_and_unsettled_edits_come_first() -> None:
    assert UNICODE.sync("clean", local=True) == UNICODE.local
    assert UNICODE.sync("queued", local=True).text == "↑"
    assert UNICODE.sync("clean").text == " "


@pytest.mark.parametrize(
    ("setting", "encoding", "chosen"),
    [
        ("auto", "UTF-8", UNICODE),
        ("auto", "utf8", UNICODE),
        ("auto", "ISO-8859-1", PLAIN),
        ("auto", "ANSI_X3.4-1968", PLAIN),
        ("auto", "no such thing", PLAIN),
        ("auto", "", PLAIN),
        ("plain", "utf-8", PLAIN),
        ("unicode", "ascii", UNICODE),
    ],
)
def test_signs_follow_the_setting_and_then_the_encoding(setting: str, encoding: str, chosen: SignSet) -> None:
    assert choose_signs(setting, encoding) is chosen  # type: ignore[arg-type]
