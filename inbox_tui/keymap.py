"""Which key sequence runs which command where: the defaults, with `[keys]` applied and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypedDict

from inbox_tui.commands import COMMANDS, COMMANDS_BY_ID, FOCUS_CONTEXTS, Command, Context, Group
from inbox_tui.keynames import BANNED_KEYS, known_key_words, parse_key, types_text

__all__ = [
    "HelpRow",
    "HelpSection",
    "KeySequence",
    "Keymap",
    "KeymapProblem",
    "KeysRow",
    "build_keymap",
    "help_sections",
    "keys_table",
    "live_contexts",
]

KeySequence: TypeAlias = tuple[str, ...]
"""Canonical key names, in the order they are pressed."""

_COUNT_DIGITS: Final = frozenset("123456789")


@dataclass(frozen=True, slots=True)
class KeymapProblem:
    """One line, or one key of a line, of `[keys]` that was not applied."""

    command_id: str
    key: str
    """The key sequence as it was written; empty when the whole line is meant."""
    message: str
    """A plain sentence without a period at its end."""

    def __str__(self) -> str:
        where = f'"{self.command_id}" = "{self.key}"' if self.key else f'"{self.command_id}"'
        return f"[keys] {where}: {self.message}"


@dataclass(frozen=True, slots=True)
class HelpRow:
    """One line of the `?` screen."""

    keys: tuple[str, ...]
    help: str
    command_id: str
    """The command, or the first one of a series."""


@dataclass(frozen=True, slots=True)
class HelpSection:
    """One heading of the `?` screen with its lines."""

    title: str
    rows: tuple[HelpRow, ...]


class KeysRow(TypedDict):
    """One command as `inbox-tui keys --json` prints it."""

    id: str
    keys: list[str]
    title: str
    help: str
    group: str
    contexts: list[str]
    count: bool
    """Whether a number can be typed before it."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """A checked set of bindings: no sequence is taken twice or hidden behind a shorter one."""

    sequences: Mapping[str, tuple[KeySequence, ...]]
    """The key sequences of every command, by command id; empty when it has none."""
    bindings: Mapping[Context, Mapping[KeySequence, str]]
    """Command id by key sequence, for each context."""

    def keys_of(self, command_id: str) -> tuple[str, ...]:
        """List the sequences that run a command, written as in the config; KeyError for an unknown id."""
        return tuple(" ".join(sequence) for sequence in self.sequences[command_id])

    def lookup(self, context: Context, sequence: KeySequence) -> str | None:
        """Return the id of the command that exactly this sequence runs in a context."""
        return self.bindings[context].get(sequence)

    def following(self, context: Context, prefix: KeySequence) -> dict[KeySequence, str]:
        """Return the longer sequences of a context that start with `prefix`, in table order."""
        return {
            sequence: command_id
            for sequence, command_id in self.bindings[context].items()
            if _starts_with(sequence, prefix)
        }

    def prefix_of(self, family: str) -> str | None:
        """Return the key or keys that begin a family's sequences, such as `s` for `status`.

        None when no sequence of the family has more than one key.
        """
        for entry in COMMANDS:
            if entry.family == family:
                for sequence in self.sequences[entry.id]:
                    if len(sequence) > 1:
                        return " ".join(sequence[:-1])
        return None


def live_contexts(entry: Command, sequence: KeySequence) -> frozenset[Context]:
    """Tell in which contexts a sequence runs a command.

    Keys that type or edit text are never commands while the filter bar has the focus.
    """
    contexts = set(entry.contexts)
    if Context.GLOBAL in contexts:
        contexts.update(FOCUS_CONTEXTS)
    if any(types_text(key) for key in sequence):
        contexts.discard(Context.FILTER)
    return frozenset(contexts)


def build_keymap(overrides: Mapping[str, Sequence[str]]) -> tuple[Keymap, list[KeymapProblem]]:
    """Apply `[keys]` to the default keys; what cannot be applied is reported and the rest holds.

    A line replaces all keys of its command; an empty list leaves it without any. A key that another
    command holds is refused, unless that command is moved off it too; between two lines the earlier
    one wins. A line of which no key can be used leaves the default keys in place.
    """
    wanted: dict[str, tuple[KeySequence, ...]] = {}
    problems: list[KeymapProblem] = []
    for command_id, written in overrides.items():
        entry = COMMANDS_BY_ID.get(command_id)
        if entry is None:
            problems.append(KeymapProblem(command_id, "", f"unknown command{_nearest_command(command_id)}"))
            continue
        lines = [written] if isinstance(written, str) else list(written)
        parsed = [_parse_sequence(entry, line) for line in lines]
        problems += [item for item in parsed if isinstance(item, KeymapProblem)]
        usable = tuple(dict.fromkeys(item for item in parsed if not isinstance(item, KeymapProblem)))
        if usable or not lines:
            wanted[command_id] = usable
    while True:
        sequences, clashes, lost = _place(wanted)
        if not lost:
            return _keymap(sequences), problems + clashes
        # A line that lost every key gives its command the default keys back, which others may have taken.
        problems += [problem for problem in clashes if problem.command_id in lost]
        wanted = {command_id: keys for command_id, keys in wanted.items() if command_id not in lost}


class _Claims:
    """The sequences already given out, by context."""

    def __init__(self) -> None:
        self._exact: dict[tuple[Context, KeySequence], str] = {}
        self._prefixes: dict[tuple[Context, KeySequence], tuple[str, KeySequence]] = {}

    def clash(self, entry: Command, sequence: KeySequence) -> str | None:
        """Say why a sequence cannot be given to a command, or return None."""
        live = live_contexts(entry, sequence)
        for context in (place for place in (Context.GLOBAL, *FOCUS_CONTEXTS) if place in live):
            if holder := self._exact.get((context, sequence)):
                return f"it already runs {holder}{_place_name(context)}"
            for length in range(1, len(sequence)):
                head = sequence[:length]
                if holder := self._exact.get((context, head)):
                    return f'"{" ".join(head)}" already runs {holder}{_place_name(context)}'
            if longer := self._prefixes.get((context, sequence)):
                holder, keys = longer
                return f'it begins "{" ".join(keys)}", which runs {holder}{_place_name(context)}'
        return None

    def add(self, entry: Command, sequence: KeySequence) -> None:
        for context in live_contexts(entry, sequence):
            self._exact[context, sequence] = entry.id
            for length in range(1, len(sequence)):
                self._prefixes.setdefault((context, sequence[:length]), (entry.id, sequence))


def _place(
    wanted: Mapping[str, tuple[KeySequence, ...]],
) -> tuple[dict[str, tuple[KeySequence, ...]], list[KeymapProblem], frozenset[str]]:
    """Give out the untouched default keys, then the wanted ones in their order.

    Returns what was given out, what was refused, and the commands whose every wanted key was refused.
    """
    claims = _Claims()
    placed: dict[str, tuple[KeySequence, ...]] = {}
    for entry in COMMANDS:
        if entry.id not in wanted:
            placed[entry.id] = tuple(tuple(line.split()) for line in entry.keys)
            for sequence in placed[entry.id]:
                claims.add(entry, sequence)
    problems: list[KeymapProblem] = []
    lost: set[str] = set()
    for command_id, candidates in wanted.items():
        entry = COMMANDS_BY_ID[command_id]
        given: list[KeySequence] = []
        for sequence in candidates:
            if reason := claims.clash(entry, sequence):
                problems.append(KeymapProblem(command_id, " ".join(sequence), reason))
            else:
                claims.add(entry, sequence)
                given.append(sequence)
        placed[command_id] = tuple(given)
        if candidates and not given:
            lost.add(command_id)
    return placed, problems, frozenset(lost)


def _keymap(sequences: Mapping[str, tuple[KeySequence, ...]]) -> Keymap:
    bindings: dict[Context, dict[KeySequence, str]] = {context: {} for context in Context}
    for entry in COMMANDS:
        for sequence in sequences[entry.id]:
            for context in live_contexts(entry, sequence):
                bindings[context][sequence] = entry.id
    return Keymap({entry.id: sequences[entry.id] for entry in COMMANDS}, bindings)


def _parse_sequence(entry: Command, line: str) -> KeySequence | KeymapProblem:
    keys: list[str] = []
    for word in line.split():
        key = parse_key(word)
        if key is None:
            return KeymapProblem(entry.id, line, f"unknown key {word}{_nearest_key(word)}")
        if reason := BANNED_KEYS.get(key):
            return KeymapProblem(entry.id, line, f"{key} cannot be used: {reason}")
        keys.append(key)
    sequence = tuple(keys)
    if reason := _unusable(entry, sequence):
        return KeymapProblem(entry.id, line, reason)
    return sequence


def _unusable(entry: Command, sequence: KeySequence) -> str | None:
    if not sequence:
        return "no key is named; write [] to leave the command without keys"
    if "escape" in sequence and len(sequence) > 1:
        return "escape cancels a sequence and cannot be part of one"
    if sequence[0] in _COUNT_DIGITS:
        return "a sequence cannot begin with a digit from 1 to 9, which begins a count"
    if not live_contexts(entry, sequence):
        return "the filter bar would take it as text"
    return None


def _starts_with(sequence: KeySequence, prefix: KeySequence) -> bool:
    return len(sequence) > len(prefix) and sequence[: len(prefix)] == prefix


def _place_name(context: Context) -> str:
    return "" if context is Context.GLOBAL else f" in the {context.value}"


def _nearest_command(command_id: str) -> str:
    return _nearest(command_id, COMMANDS_BY_ID)


def _nearest_key(word: str) -> str:
    return _nearest(word.lower(), known_key_words())


def _nearest(word: str, known: Sequence[str] | Mapping[str, object]) -> str:
    import difflib  # only when something is misspelt

    matches = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {matches[0]}?" if matches else ""


def help_sections(keymap: Keymap, context: Context) -> tuple[HelpSection, ...]:
    """Group what can be pressed in a context under headings, for the `?` screen."""
    rows: dict[Group, list[HelpRow]] = {group: [] for group in Group}
    for entry in COMMANDS:
        keys = tuple(
            " ".join(sequence)
            for sequence in keymap.sequences[entry.id]
            if context in live_contexts(entry, sequence)
        )
        if not keys:
            continue
        group = rows[entry.group]
        if entry.series and group and group[-1].help == entry.series:
            first = group[-1].keys[0].partition(" to ")[0]
            group[-1] = HelpRow((f"{first} to {keys[0]}",), entry.series, group[-1].command_id)
        else:
            group.append(HelpRow(keys, entry.series or entry.help, entry.id))
    return tuple(HelpSection(group.value, tuple(found)) for group, found in rows.items() if found)


def keys_table(keymap: Keymap) -> list[KeysRow]:
    """List every command with its keys, unbound ones too, as plain values ready for JSON."""
    return [
        KeysRow(
            id=entry.id,
            keys=list(keymap.keys_of(entry.id)),
            title=entry.title,
            help=entry.help,
            group=entry.group.value,
            contexts=[context.value for context in Context if context in entry.contexts],
            count=entry.takes_count,
        )
        for entry in COMMANDS
    ]
