"""A timer goes off however late its task begins, for everybody who waits for one."""

import itertools

import pytest
from textual import timer
from textual.app import App

from inbox_tui.crash import SafeCrash
from inbox_tui.screens.boxed import BoxScreen
from inbox_tui.screens.inbox import InboxScreen
from inbox_tui.timers import SureTimers
from inbox_tui.widgets.row_view import RowView
from tests.ui.waiting import until


class Patient(SureTimers, App[None]):
    """An app with sure timers and nothing else."""


async def test_a_timer_whose_moment_passed_before_it_began_goes_off(monkeypatch: pytest.MonkeyPatch) -> None:
    went_off: list[int] = []
    async with Patient().run_test() as pilot:
        hours = itertools.count(step=3600.0)
        with monkeypatch.context() as late:
            late.setattr(timer._time, "get_time", lambda: next(hours))
            pilot.app.set_timer(0.01, lambda: went_off.append(1))
            await until(pilot, lambda: went_off, "the timer")
    assert went_off == [1]


@pytest.mark.parametrize("kind", [SafeCrash, InboxScreen, BoxScreen, RowView])
def test_whoever_remembers_a_timer_has_sure_ones(kind: type) -> None:
    assert kind.set_timer is SureTimers.set_timer
