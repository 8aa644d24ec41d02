"""Turns single keys into commands: prefixes, counts, and what can follow. Keeps no time; a prefix waits."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from inbox_tui.commands import COMMANDS_BY_ID, Context
from inbox_tui.keymap import Keymap, KeySequence

__all__ = [
    "MAX_COUNT",
    "Cancelled",
    "Choice",
    "Ignored",
    "Outcome",
    "Pending",
    "Resolver",
    "Run",
    "Unknown",
]

MAX_COUNT: Final = 9_999_999
"""The largest count: whatever larger number is typed means this one, which no list is as long as."""

_DIGITS: Final = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Choice:
    """A key that can come next, and what it leads to."""

    key: str
    title: str
    command_id: str | None
    """None when the key leads to further keys."""


@dataclass(frozen=True, slots=True)
class Pending:
    """More keys are needed."""

    choices: tuple[Choice, ...]
    """What can follow; empty while only a count was typed."""


@dataclass(frozen=True, slots=True)
class Run:
    """A command was named completely."""

    command_id: str
    count: int | None
    """The number typed before it, at least 1; None when there was none."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """What was typed leads nowhere; nothing is pending any more."""

    message: str
    """A plain sentence for the status bar, without a period."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Escape took back a prefix or count."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """The key belongs to no command here; whatever has the focus may use it."""


Outcome: TypeAlias = Pending | Run | Unknown | Cancelled | Ignored


class Resolver:
    """Follows the keys a person presses, one after the other.

    A prefix or count belongs to the context it was begun in: a key from another context starts afresh.
    """

    def __init__(self, keymap: Keymap) -> None:
        self._keymap = keymap
        self._context: Context | None = None
        self._count: int | None = None
        self._prefix: KeySequence = ()

    @property
    def pending(self) -> bool:
        """Whether a prefix or a count waits for the next key."""
        return bool(self._prefix) or self._count is not None

    @property
    def pending_text(self) -> str:
        """What was typed so far, such as `3s`; empty when nothing waits."""
        return _written(self._count, self._prefix)

    def feed(self, key: str, context: Context) -> Outcome:
        """Take one canonical key (`keynames.key_from_textual`) and say what it means where the focus is."""
        if context is not self._context:
            self.cancel()
            self._context = context
        if key == "escape" and self.pending:
            self.cancel()
            return Cancelled()
        if self._is_count_digit(key, context):
            return self._add_digit(key)
        sequence = (*self._prefix, key)
        if command_id := self._keymap.lookup(context, sequence):
            return self._run(command_id, sequence)
        if self._keymap.following(context, sequence):
            self._prefix = sequence
            return Pending(self.choices())
        if not self.pending:
            return Ignored()
        written = _written(self._count, sequence)
        self.cancel()
        return Unknown(f"{written} is not a command here")

    def cancel(self) -> None:
        """Forget what was typed so far."""
        self._count = None
        self._prefix = ()

    def choices(self) -> tuple[Choice, ...]:
        """List the keys that can follow the prefix that waits; empty when none does."""
        if not self._prefix or self._context is None:
            return ()
        found: dict[str, Choice] = {}
        depth = len(self._prefix)
        for sequence, command_id in self._keymap.following(self._context, self._prefix).items():
            key = sequence[depth]
            entry = COMMANDS_BY_ID[command_id]
            if len(sequence) == depth + 1:
                found[key] = Choice(key, entry.title, command_id)
            else:
                found.setdefault(key, Choice(key, f"{entry.family or entry.title} ...", None))
        return tuple(found.values())

    def _is_count_digit(self, key: str, context: Context) -> bool:
        if self._prefix or key not in _DIGITS or context is Context.FILTER:
            return False
        return key != "0" or self._count is not None

    def _add_digit(self, key: str) -> Outcome:
        self._count = min(MAX_COUNT, (self._count or 0) * 10 + int(key))
        return Pending(())

    def _run(self, command_id: str, sequence: KeySequence) -> Outcome:
        count = self._count
        written = _written(count, sequence)
        self.cancel()
        if count is not None and not COMMANDS_BY_ID[command_id].takes_count:
            return Unknown(f"{written}: {COMMANDS_BY_ID[command_id].title} takes no count")
        return Run(command_id, count)


def _written(count: int | None, sequence: KeySequence) -> str:
    """Write count and keys as one word where every key is a character, else with spaces."""
    number = "" if count is None else str(count)
    if all(len(key) == 1 for key in sequence):
        return number + "".join(sequence)
    return " ".join([number, *sequence]).strip()
