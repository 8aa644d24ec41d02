"""The detail pane as a widget: what is on its rows, where it is scrolled to, what a click does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import themes
from cache.models import (
    Attribution,
    Detail,
    EditState,
    Event,
    Field,
    Key,
    Message,
    PendingEdit,
    Submission,
    Triage,
)
from cache.text import contains_control
from inbox_tui.drawing import TABS, Conversation, SameContact, Timeline
from inbox_tui.signs import PLAIN
from inbox_tui.widgets.detail_pane import DetailPane
from tests.hostile_corpus import HOSTILE
from tests.ui.harness import Recorder, WidgetApp, make_row, screen_text

if TYPE_CHECKING:
    from textual.pilot import Pilot

CREATED = datetime(2026, 5, 22, 9, 14, tzinfo=UTC)
NOW = CREATED.timestamp() + 7200


def detail(name: str = "one", count: int = 60, value: str = "answer", **changes: Any) -> Detail:
    fields = tuple(Field(f"b{at}", "form_text", f"label {at}", f"{value} {at}", at) for at in range(count))
    of = Submission(
        "acme", "awardee", name, CREATED, number=421, container_name="Demo request", fields=fields
    )
    base = Detail(1, of, of.triage, (), "clean", int(NOW) - 4, json.dumps({"id": name}), cleaned=False)
    return replace(base, **changes)


def app_of(pane: DetailPane) -> WidgetApp:
    pane.now = NOW
    return WidgetApp(pane)


async def rows(pilot: Pilot[None]) -> list[str]:
    await pilot.pause()
    return screen_text(pilot.app)


async def test_nothing_selected_is_a_sentence() -> None:
    pane = DetailPane()
    async with app_of(pane).run_test(size=(60, 10)) as pilot:
        assert "No submission is selected." in "\n".join(await rows(pilot))
        pane.show(detail())
        pane.show(None)
        assert "No submission is selected." in "\n".join(await rows(pilot))


async def test_a_submission_is_shown_under_tabs_and_head() -> None:
    pane = DetailPane()
    async with app_of(pane).run_test(size=(80, 12)) as pilot:
        pane.show(detail())
        shown = await rows(pilot)
        assert shown[0] == "[Fields] Notes  Timeline  History  Meta  Raw"
        assert shown[1].startswith("SUB-0421  ● NEW  unassigned")
        assert shown[1].rstrip(" ▁▂▃▄▅▆▇█").endswith("seen 4 s ago")
        assert shown[2].startswith("Demo request  22 May 09:14 (2 h)  acme")
        assert shown[4].startswith("label 0 ")


async def test_what_is_shown_before_the_first_layout_is_drawn_after_it() -> None:
    pane = DetailPane()
    pane.show(detail())
    async with app_of(pane).run_test(size=(80, 12)) as pilot:
        assert (await rows(pilot))[1].startswith("SUB-0421")


async def test_the_place_is_kept_when_the_same_submission_comes_again() -> None:
    pane = DetailPane()
    async with app_of(pane).run_test(size=(80, 12)) as pilot:
        pane.show(detail())
        pane.scroll_lines(20)
        before = await rows(pilot)
        pane.show(detail(seen=Triage("read"), value="other"))
        after = await rows(pilot)
        assert pane.scroll_y == 20
        assert after[0].startswith("[Fields]")
        assert [row[:40].rstrip() for row in after] == [
            row[:40].replace("answer", "other").rstrip() for row in before
        ]


async def test_another_submission_starts_at_its_top() -> None:
    pane = DetailPane()
    async with app_of(pane).run_test(size=(80, 12)) as pilot:
        pane.show(detail())
        pane.scroll_lines(20)
        await pilot.pause()
        pane.show(detail("two"))
        assert (await rows(pilot))[1].startswith("SUB-0421")


async def test_a_shorter_text_of_the_same_submission_leaves_no_empty_rows_below() -> None:
    pane = DetailPane()
    async with app_of(pane).run_test(size=(80, 12)) as pilot:
        pane.show(detail())
        pane.scroll_bottom()
        await pilot.pause()
        pane.show(detail(count=12))
        assert (await rows(pilot))[-1].startswith("Sent on to")


async def test_lines_pages_and_ends() -> None:
    pane = DetailPane()
    async with app_of(pane).run_test(size=(80, 12)) as pilot:
        pane.show(detail())
        steps: list[float] = []
        moves: tuple[tuple[Any, ...], ...] = (
            (pane.scroll_lines, 3),
            (pane.page, 1),
            (pane.half_page, 1),
            (pane.half_page, -1),
            (pane.page, -1),
            (pane.scroll_bottom,),
            (pane.scroll_lines, 5),
            (pane.scroll_top,),
            (pane.scroll_lines, -5),
        )
        for method, *arguments in moves:
            method(*arguments)
            await pilot.pause()
            steps.append(pane.scroll_y)
        # 3 lines of head, 60 answers, a blank and a destination; 11 rows under the tabs.
        assert steps == [3, 13, 18, 13, 3, 54, 54, 0, 0]


async def test_every_tab_keeps_its_place() -> None:
    pane = DetailPane()
    recorder = Recorder(DetailPane.TabChanged)
    async with app_of(pane).run_test(size=(80, 12), message_hook=recorder) as pilot:
        pane.show(detail())
        pane.scroll_lines(9)
        await pilot.pause()
        for tab in (*TABS[1:], TABS[0]):
            pane.tab = tab
            await pilot.pause()
        assert [message.tab for message in recorder.messages] == [*TABS[1:], "fields"]
        assert pane.scroll_y == 9


async def test_a_click_on_a_name_shows_its_tab() -> None:
    pane = DetailPane()
    async with app_of(pane).run_test(size=(80, 12)) as pilot:
        pane.show(detail(), Timeline((Event("1", "created", CREATED),), "read"))
        await pilot.click(pane, offset=(18, 0))
        assert pane.tab == "timeline"
        assert "22 May 09:14  system           created" in "\n".join(await rows(pilot))
        await pilot.click(pane, offset=(3, 2))
        assert pane.tab == "timeline"


async def test_a_timeline_belongs_to_its_submission() -> None:
    pane = DetailPane()
    async with app_of(pane).run_test(size=(80, 12)) as pilot:
        pane.tab = "timeline"
        pane.show(detail(), Timeline(state="reading"))
        pane.show(detail(seen=Triage("read")))
        assert "reading the timeline" in "\n".join(await rows(pilot))
        pane.show(detail("two"))
        assert "not read yet" in "\n".join(await rows(pilot))


async def test_ages_follow_the_clock_that_is_passed_in() -> None:
    pane = DetailPane()
    async with app_of(pane).run_test(size=(80, 12)) as pilot:
        pane.show(detail())
        pane.now = NOW + 60
        assert "seen 1 m ago" in (await rows(pilot))[1]


async def test_names_signs_and_wrapping_can_change_while_it_is_shown() -> None:
    pane = DetailPane()
    async with app_of(pane).run_test(size=(40, 12)) as pilot:
        pane.show(detail(value="many words " * 9, seen=Triage(assignee_id="u1")))
        assert "@u1" in "\n".join(await rows(pilot))
        pane.names, pane.signs, pane.wrap = {"u1": "Tom Kay"}, PLAIN, False
        shown = await rows(pilot)
        assert "@Tom Kay" in "\n".join(shown)
        assert "N NEW" in shown[1]
        assert [row.split(" ")[0] for row in shown[5:8]] == ["label"] * 3
        pane.me = frozenset({"u1"})
        assert "@me" in "\n".join(await rows(pilot))


async def test_answers_are_shown_as_written_then_translated_then_both() -> None:
    pane = DetailPane()
    translated = detail(count=1).submission._replace(language="ja", translation={"b0": "the translation"})
    async with app_of(pane).run_test(size=(80, 12)) as pilot:
        pane.show(replace(detail(count=1), submission=translated))
        shown = "\n".join(await rows(pilot))
        assert "answer 0" in shown
        assert "the translation" not in shown.replace("L shows the translation", "")
        pane.next_language()
        shown = "\n".join(await rows(pilot))
        assert "answer 0" not in shown
        assert "the translation" in shown
        pane.next_language()
        shown = "\n".join(await rows(pilot))
        assert "answer 0" in shown
        assert "the translation" in shown
        pane.next_language()
        assert pane.language == "original"


@pytest.mark.parametrize("width", [120, 80, 60, 45, 30])
async def test_text_is_wrapped_anew_for_another_width(width: int) -> None:
    pane = DetailPane()
    async with app_of(pane).run_test(size=(100, 40)) as pilot:
        pane.show(detail(count=2, value="many words of an answer " * 8))
        await pilot.pause()
        await pilot.resize_terminal(width, 40)
        shown = await rows(pilot)
        assert all(len(row) <= width for row in shown)
        assert " ".join(" ".join(shown).split()).count("answer") == 16


async def test_another_theme_colours_every_row_anew() -> None:
    pane = DetailPane()
    app = app_of(pane)
    async with app.run_test(size=(80, 12)) as pilot:
        pane.show(detail())
        await pilot.pause()
        before = [segment.style for segment in pane.render_line(1)]
        app.theme = "paper"
        await pilot.pause()
        after = [segment.style for segment in pane.render_line(1)]
        assert len(before) == len(after)
        assert all(old != new for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (EditState.QUEUED, "↑ not sent yet"),
        (EditState.CONFLICT, "≠ conflict: the server has spam"),
        (EditState.REJECTED, "✗ refused by the server: no such status"),
    ],
)
async def test_an_unsettled_edit_is_told_in_words(state: EditState, words: str) -> None:
    edit = PendingEdit(
        Key("acme", "one"), "status", "new", "read", state, 1, int(NOW), error="no such status", theirs="spam"
    )
    if state is EditState.QUEUED:
        edit = replace(edit, error=None)
    pane = DetailPane()
    async with app_of(pane).run_test(size=(110, 12)) as pilot:
        pane.show(detail(pending=(edit,)))
        assert any(words in row for row in await rows(pilot))


async def test_hostile_text_is_drawn_as_text_in_every_tab() -> None:
    pane = DetailPane()
    app = app_of(pane)
    async with app.run_test(size=(90, 40)) as pilot:
        fields = tuple(
            Field(f"b{at}", "t", name, text, at) for at, (name, text) in enumerate(HOSTILE.items())
        )
        of = detail().submission._replace(
            fields=fields,
            metadata=HOSTILE,
            container_name=HOSTILE["clipboard"],
            attribution=Attribution(conversation_id="c1"),
        )
        said = tuple(Message(text, text, CREATED, None, (text, text)) for text in HOSTILE.values())
        events = tuple(Event(name, text, CREATED, text, text, None, text) for name, text in HOSTILE.items())
        raw = json.dumps({name: text.encode("utf-8", "replace").decode() for name, text in HOSTILE.items()})
        others = tuple(
            make_row(number, ref=text, about=text, who=text, key=Key(text, text))
            for number, text in enumerate(HOSTILE.values(), start=10)
        )
        contact = SameContact(others, later=len(others), present=make_row(1, about=HOSTILE["clipboard"]))
        for tab in TABS:
            pane.tab = tab
            notes = "\n".join(HOSTILE.values())
            of_hostile = detail(submission=of, raw=raw, seen=Triage(notes=notes))
            pane.show(of_hostile, Timeline(events, "read"), contact, Conversation(said, "read"))
            await pilot.pause()
            texts: list[str] = []
            while True:
                for y in range(pane.size.height):
                    for text, style, control in pane.render_line(y):
                        assert not contains_control(text)
                        assert not control
                        assert style is None or (not style.link and not style.meta.get("@click"))
                        texts.append(text)
                if pane.scroll_y >= pane.max_scroll_y:
                    break
                pane.page(1)
            drawn = "".join(texts)
            assert "[@click=app.quit]click me[/]" in drawn
            assert "[/nothing]" in drawn
        await pilot.click(pane, offset=(30, 5))
        assert app.is_running


@pytest.mark.parametrize("theme", [name for name in themes.BUNDLED if name != "terminal"])
async def test_every_theme_with_colours_of_its_own_tells_labels_from_answers(theme: str) -> None:
    pane = DetailPane()
    pane.now = NOW
    async with WidgetApp(pane, theme_name=theme).run_test(size=(80, 12)) as pilot:
        pane.show(detail())
        await pilot.pause()
        label, answer, *_ = [style for text, style, _ in pane.render_line(5) if text.strip()]
        assert label is not None
        assert answer is not None
        assert label != answer


async def test_it_binds_no_key() -> None:
    pane = DetailPane()
    async with app_of(pane).run_test(size=(80, 12)) as pilot:
        pane.show(detail())
        pane.focus()
        await pilot.press("down", "pagedown", "end", "right")
        assert pane.scroll_y == 0
        assert list(pane._bindings) == []
