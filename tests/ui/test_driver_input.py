"""How keys are taken from the terminal, and how its end is noticed."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from unittest.mock import Mock

import pytest
from textual import events
from textual.app import App

from inbox_tui.driver import InboxDriver


class Keyboard:
    """Drivers whose input is the same pipe, one that does not wait; and what each of them told."""

    def __init__(self, drivers: int) -> None:
        self.near, self.far = os.pipe()
        os.set_blocking(self.near, False)
        self.told = [list[object]() for _ in range(drivers)]
        self.hung_up = asyncio.Event()
        self.panicked = asyncio.Event()
        self._drivers = list(map(self._driver, self.told))

    def _driver(self, told: list[object]) -> InboxDriver:
        app = Mock(App, post_message=told.append, panic=lambda _: self.panicked.set())
        driver = InboxDriver(app)
        driver.fileno = os.dup(self.near)
        driver._listen()
        return driver

    def keys(self, number: int = 0) -> list[str]:
        return [message.key for message in self.told[number] if isinstance(message, events.Key)]

    async def until_told(self, key: str) -> None:
        async with asyncio.timeout(10):
            while not any(key in self.keys(number) for number in range(len(self.told))):
                await asyncio.sleep(0)

    def close(self) -> None:
        for driver in self._drivers:
            driver.disable_input()
            os.close(driver.fileno)
        os.close(self.near)
        if self.far is not None:
            os.close(self.far)


@pytest.fixture
async def keyboard(request: pytest.FixtureRequest) -> AsyncIterator[Keyboard]:
    before = {
        number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)
    }
    made = Keyboard(getattr(request, "param", 1))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, made.hung_up.set)
    yield made
    made.close()
    loop.remove_signal_handler(signal.SIGHUP)
    for number, handler in before.items():
        signal.signal(number, handler)


async def test_keys_are_told_also_where_a_letter_comes_in_two_pieces(keyboard: Keyboard) -> None:
    first, second = "\u00fc".encode()[:1], "\u00fc".encode()[1:]
    os.write(keyboard.far, b"j" + first)
    await keyboard.until_told("j")
    os.write(keyboard.far, second + b"\x1b[B")
    await keyboard.until_told("down")
    assert keyboard.keys() == ["j", "\u00fc", "down"]


async def test_an_escape_byte_that_nothing_follows_is_a_key(keyboard: Keyboard) -> None:
    os.write(keyboard.far, b"\x1b")
    await keyboard.until_told("escape")
    os.write(keyboard.far, b"j")
    await keyboard.until_told("j")
    assert keyboard.keys() == ["escape", "j"]


async def test_a_key_right_after_escape_is_one_with_alt(keyboard: Keyboard) -> None:
    os.write(keyboard.far, b"\x1bj")
    await keyboard.until_told("alt+j")
    assert keyboard.keys() == ["alt+j"]


async def test_escape_and_a_key_that_waited_for_a_busy_program_are_two_keys(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    os.write(keyboard.far, b"k\x1bj\x1b[200~a\x1bb\x1b[201~\x1b[B")
    late = loop.time() + 1.0
    monkeypatch.setattr(loop, "time", lambda: late)  # so long it was busy with something else
    await keyboard.until_told("down")
    assert keyboard.keys() == ["k", "escape", "j", "down"]
    assert [message.text for message in keyboard.told[0] if isinstance(message, events.Paste)] == ["ab"]


@pytest.mark.parametrize("keyboard", [2], indirect=True)
async def test_input_that_somebody_else_took_is_no_end(keyboard: Keyboard) -> None:
    """Where another process reads the same terminal, and made it one that does not wait."""
    os.write(keyboard.far, b"j")
    await keyboard.until_told("j")
    os.write(keyboard.far, b"k")
    await keyboard.until_told("k")
    assert sorted(keyboard.keys(0) + keyboard.keys(1)) == ["j", "k"]
    assert not keyboard.hung_up.is_set()


async def test_the_end_of_the_input_is_told_as_a_hang_up(keyboard: Keyboard) -> None:
    os.close(keyboard.far)
    keyboard.far = None  # type: ignore[assignment]
    async with asyncio.timeout(10):
        await keyboard.hung_up.wait()
    assert keyboard.told == [[]]


async def test_input_that_cannot_be_taken_ends_the_application_with_what_is_wrong(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InboxDriver, "process_message", Mock(side_effect=RuntimeError("broken")))
    os.write(keyboard.far, b"j")
    async with asyncio.timeout(10):
        await keyboard.panicked.wait()
