"""What is written to a real terminal: at once, all of it, in order, and not waiting for one that stalls."""

import asyncio
import contextlib
import os
import pty
import termios
import threading
from collections.abc import Callable, Iterator
from typing import TextIO

import pytest

from inbox_tui import terminal_output
from inbox_tui.terminal_output import TerminalOutput

LINE = "abcdefghijklmnopqrstuvwxyz012345" * 100


class Pty:
    """A terminal nobody reads from until a test does."""

    def __init__(self) -> None:
        self.near, far = pty.openpty()
        modes = termios.tcgetattr(far)
        modes[1] &= ~termios.OPOST
        termios.tcsetattr(far, termios.TCSANOW, modes)
        self.file: TextIO = os.fdopen(far, "w", encoding="utf-8", errors="backslashreplace")
        self.is_there = True

    def take(self, count: int) -> str:
        """Read so many bytes."""
        taken = b""
        while len(taken) < count:
            taken += os.read(self.near, min(65_536, count - len(taken)))
        return taken.decode()

    def hang_up(self) -> None:
        os.close(self.near)
        self.is_there = False

    def close(self) -> None:
        if self.is_there:
            self.hang_up()
        with contextlib.suppress(OSError):
            self.file.close()


@pytest.fixture
def terminal() -> Iterator[Pty]:
    made = Pty()
    yield made
    made.close()


def started(terminal: Pty) -> TerminalOutput:
    output = TerminalOutput(terminal.file)
    output.start()
    return output


def stalled(output: TerminalOutput) -> str:
    """Write until the terminal takes no more; gives what was written."""
    written = ""
    while not output._waiting:
        output.write(LINE)
        written += LINE
    return written


async def beside(work: Callable[[], str]) -> str:
    return await asyncio.wait_for(asyncio.to_thread(work), 30)


async def test_a_text_is_on_the_terminal_before_anything_else_is_done(terminal: Pty) -> None:
    output = started(terminal)
    output.write("frame né 日 \ud800")
    os.set_blocking(terminal.near, False)
    assert os.read(terminal.near, 1000).decode() == "frame né 日 \\ud800"
    assert (output.isatty(), output.fileno()) == (True, terminal.file.fileno())
    output.stop()


async def test_a_terminal_that_takes_nothing_keeps_nobody_waiting_and_misses_nothing(terminal: Pty) -> None:
    output = started(terminal)
    written = stalled(output)
    for number in range(50):
        output.write(f"<{number}>")
        written += f"<{number}>"
    assert await beside(lambda: terminal.take(len(written))) == written
    output.write("after")
    assert await beside(lambda: terminal.take(5)) == "after"
    output.stop()


async def test_what_another_thread_writes_comes_too(terminal: Pty) -> None:
    output = started(terminal)
    written: list[str] = []
    other = threading.Thread(target=lambda: written.append(stalled(output)))
    other.start()
    other.join(30)
    assert await beside(lambda: terminal.take(len(written[0]))) == written[0]
    output.stop()


async def test_who_writes_very_much_waits_for_the_terminal(
    terminal: Pty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal_output, "_MOST_WAITING", 10_000)
    output = started(terminal)
    written = stalled(output) + LINE * 10
    taken: list[str] = []
    reader = threading.Thread(target=lambda: taken.append(terminal.take(len(written))))
    output.write(LINE)
    reader.start()
    for _ in range(9):
        output.write(LINE)
        assert len(output._waiting) <= 10_000
    output.stop()
    reader.join(30)
    assert taken == [written]


async def test_the_end_waits_for_what_is_left(terminal: Pty) -> None:
    output = started(terminal)
    written = stalled(output)
    reading = asyncio.create_task(beside(lambda: terminal.take(len(written))))
    await asyncio.to_thread(lambda: None)
    output.stop()
    assert await reading == written


async def test_the_end_does_not_wait_for_ever(terminal: Pty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_output, "_LAST_SECONDS", 0.0)
    output = started(terminal)
    stalled(output)
    output.stop()
    await asyncio.to_thread(lambda: None)  # the loop goes on without it


async def test_a_terminal_that_is_gone_is_written_to_without_harm(terminal: Pty) -> None:
    output = started(terminal)
    stalled(output)
    terminal.hang_up()
    output.write("more")
    await asyncio.to_thread(lambda: None)
    output.write("and more")
    output.stop()


async def test_others_who_have_the_terminal_open_still_wait_for_it(terminal: Pty) -> None:
    output = started(terminal)
    assert os.get_blocking(terminal.file.fileno())
    output.stop()
    assert os.get_blocking(terminal.file.fileno())


async def test_where_it_cannot_be_opened_again_it_is_written_to_all_the_same(
    terminal: Pty, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: str, flags: int) -> int:
        raise PermissionError(path)

    monkeypatch.setattr(terminal_output.os, "open", refused)
    output = started(terminal)
    output.write("text")
    assert await beside(lambda: terminal.take(4)) == "text"
    output.stop()


async def test_one_that_went_before_it_began_takes_whatever_is_written(terminal: Pty) -> None:
    terminal.hang_up()
    output = started(terminal)
    for _ in range(100):
        output.write("text")
    output.stop()


async def test_after_its_end_nothing_is_written_and_nothing_closed(terminal: Pty) -> None:
    """The number of its file may be another file's by then."""
    output = started(terminal)
    output.stop()
    taken = os.open(os.devnull, os.O_WRONLY)
    try:
        output.write("late")
        output.stop()
        os.fstat(taken)
        os.set_blocking(terminal.near, False)
        with pytest.raises(BlockingIOError):
            os.read(terminal.near, 1)
    finally:
        os.close(taken)


async def test_what_the_handler_of_a_signal_writes_meanwhile_comes_after_it(
    terminal: Pty, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = started(terminal)
    write, meanwhile = os.write, ["handler"]

    def interrupted(fd: int, data: bytes) -> int:
        view = memoryview(data)
        if meanwhile:
            output.write(meanwhile.pop())
        return write(fd, view)

    monkeypatch.setattr(terminal_output.os, "write", interrupted)
    output.write("frame ")
    assert await beside(lambda: terminal.take(len("frame handler"))) == "frame handler"
    output.stop()
