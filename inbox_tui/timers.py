"""Timers that go off however late it is when they begin to wait."""

from textual.message_pump import MessagePump
from textual.timer import Timer, TimerCallback

__all__ = ["SureTimers"]


class SureTimers(MessagePump):
    """For what keeps in mind that a timer of its own is under way.

    Textual leaves out a single shot whose moment has passed when its task first looks at the clock, which
    happens while other threads hold the interpreter: what waits for it would wait for ever.
    """

    def set_timer(
        self,
        delay: float,
        callback: TimerCallback | None = None,
        *,
        name: str | None = None,
        pause: bool = False,
    ) -> Timer:
        """Call a function once after a delay in seconds, late rather than never."""
        timer = super().set_timer(delay, callback, name=name, pause=pause)
        timer._skip = False  # noqa: SLF001 - read when its task begins; there is no argument for it
        return timer
