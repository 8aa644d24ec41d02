"""The thread that reads keys: what it does when there is nothing to read though there was said to be."""

import os
import select
import signal
from collections.abc import AsyncIterator
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from textual import events

from inbox_tui import driver
from inbox_tui.driver import InboxDriver


class Input:
    """A driver whose input is a pipe that does not wait, and its end as far as it was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.near, self.far = os.pipe()
        os.set_blocking(self.near, False)
        self.driver = InboxDriver(Mock())
        self.driver.fileno = self.near
        self.messages: list[object] = []
        self.hung_up = 0
        monkeypatch.setattr(self.driver, "process_message", self.messages.append)
        monkeypatch.setattr(driver, "select", SimpleNamespace(poll=lambda: self, POLLIN=select.POLLIN))
        monkeypatch.setattr(driver.os, "kill", self._kill)
        self._turns = 0

    def register(self, *_: object) -> None: ...

    def poll(self, _: int) -> bool:
        """There is input, three times; then the application ends."""
        self._turns += 1
        if self._turns > 3:
            self.driver.exit_event.set()
        return self._turns <= 3

    def _kill(self, process: int, number: int) -> None:
        assert (process, number) == (os.getpid(), signal.SIGHUP)
        self.hung_up += 1

    def close(self) -> None:
        os.close(self.near)
        if self.far is not None:
            os.close(self.far)


@pytest.fixture
async def keyboard(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Input]:
    made = Input(monkeypatch)
    yield made
    made.close()


async def test_keys_are_told(keyboard: Input) -> None:
    os.write(keyboard.far, "j\u00fc".encode())
    keyboard.driver.run_input_thread()
    keys = [message.key for message in keyboard.messages if isinstance(message, events.Key)]
    assert (keys, keyboard.hung_up) == (["j", "\u00fc"], 0)


async def test_input_that_somebody_else_took_is_no_end(keyboard: Input) -> None:
    """Where another process reads the same terminal, and made it one that does not wait."""
    keyboard.driver.run_input_thread()
    assert (keyboard.messages, keyboard.hung_up) == ([], 0)


async def test_the_end_of_the_input_is_told_once_as_a_hang_up(keyboard: Input) -> None:
    os.close(keyboard.far)
    keyboard.far = None  # type: ignore[assignment]
    keyboard.driver.run_input_thread()
    assert (keyboard.messages, keyboard.hung_up) == ([], 1)
