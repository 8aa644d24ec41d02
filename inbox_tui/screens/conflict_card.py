"""The conflict card: one list of everything that waits for the person's word, and the entry in hand."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from inbox_tui.commands import Context
from inbox_tui.conflicts import CardEntry, Choice, Ruling
from inbox_tui.drawing.card import entry_lines, list_line
from inbox_tui.drawing.context import Setting
from inbox_tui.drawing.lines import Chunk, Line, Piece, flow
from inbox_tui.keymap import Keymap
from inbox_tui.keynames import key_from_textual
from inbox_tui.resolver import Resolver, Run
from inbox_tui.screens.boxed import BoxScreen, BoxScroll
from inbox_tui.signs import SignSet

__all__ = ["CardHost", "ConflictCard"]

_WIDEST: Final = 112
_FRAME: Final = 5
"""Cells that border, padding and scrollbar take from the width of the box."""
_PASSED_ON: Final = frozenset({"app.quit", "app.sync", "app.help"})
_CLOSING: Final = frozenset({"app.back", "app.escape", "conflict.open"})
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "conflict": ("card.mine", "card.theirs", "card.send", "card.drop", "card.copy"),
    "rejected": ("card.retry", "card.drop", "card.copy"),
    "orphaned": ("card.retry", "card.drop", "card.copy"),
    "overwrite": ("card.retry", "card.drop", "card.copy"),
}
_WORDS: Final[Mapping[tuple[str, str], str]] = {
    ("rejected", "card.drop"): "discard",
    ("orphaned", "card.drop"): "discard",
    ("overwrite", "card.drop"): "let it be",
    ("overwrite", "card.retry"): "restore theirs",
    ("rejected", "card.retry"): "send again",
    ("orphaned", "card.retry"): "send again",
}
_SHORT: Final = {
    "card.mine": "mine",
    "card.theirs": "theirs",
    "card.both": "both",
    "card.edit": "editor",
    "card.send": "send",
    "card.drop": "drop mine",
    "card.copy": "copy mine",
}


class CardHost(Protocol):
    """What the card asks for."""

    def rule(self, rulings: Sequence[Ruling]) -> None:
        """Carry rulings out; `show` follows with what is left."""
        ...

    def put_together(self, entry: CardEntry) -> None:
        """Let the person make one text of both; `choose` follows."""
        ...

    def copy_value(self, entry: CardEntry) -> None:
        """Copy the person's own value."""
        ...

    def shown(self, entry: CardEntry) -> None:
        """An entry came into hand."""
        ...

    def pass_on(self, command_id: str) -> None:
        """Run a command of the whole program."""
        ...


class ConflictCard(BoxScreen[None], inherit_bindings=False):
    """Walks the entries; choices are kept until they are sent. Keys pressed before `show` wait for it."""

    DEFAULT_CSS = """
    ConflictCard {
        & #card-list { height: auto; display: none; border-bottom: solid $role-border; }
        &.-several #card-list { display: block; }
        & #card-said { height: auto; color: $role-warning; display: none; }
        &.-said #card-said { display: block; }
        & #card-keys { height: auto; padding: 1 0 0 0; }
        &.-low #card-keys { padding: 0; }
        &.-plain #card-list { border-bottom: ascii $role-border; }
    }
    """

    def __init__(self, host: CardHost, keymap: Keymap, signs: SignSet, setting: Callable[[int], Setting]):
        """`setting` gives for a width what drawing needs to know."""
        super().__init__(signs)
        self._host = host
        self._keymap = keymap
        self._resolver = Resolver(keymap)
        self._setting = setting
        self._entries: tuple[CardEntry, ...] | None = None
        self._at = 0
        self._rulings: dict[object, Ruling] = {}
        self._early: list[events.Key] = []
        self._sentence = ""

    def compose(self) -> ComposeResult:
        """Lay list, entry and keys out in a box."""
        with Container(id="card-box", classes="box"):
            yield Static("", id="card-list", markup=False)
            with BoxScroll():
                yield Static("", id="card-entry", markup=False)
            yield Static("", id="card-said", markup=False)
            yield Static("", id="card-keys", markup=False)

    # What is shown

    @property
    def entry(self) -> CardEntry | None:
        """The entry in hand."""
        return self._entries[self._at] if self._entries else None

    def show(self, entries: Sequence[CardEntry], start: int = 0) -> None:
        """Show these entries; the one in hand stays in hand if it is among them, else `start` is."""
        before, first = self.entry, self._entries is None
        self._entries = tuple(entries)
        known = {entry.identity: at for at, entry in enumerate(entries)}
        if before is not None:
            start = known.get(before.identity, min(self._at, len(entries) - 1))
        self._at = max(0, start)
        fresh = {entry.identity: entry for entry in entries}
        self._rulings = {
            name: replace(ruling, entry=fresh[name])
            for name, ruling in self._rulings.items()
            if name in fresh and _is_same(fresh[name], ruling.entry)
        }
        self.refit()
        if self.entry is not None and (before is None or before.identity != self.entry.identity):
            self._host.shown(self.entry)
        if first:
            early, self._early = self._early, []
            for event in early:
                self._pressed(event)

    def choose(self, entry: CardEntry, choice: Choice, text: str = "") -> None:
        """Keep what the person chose for an entry."""
        self._sentence = ""
        self._rulings[entry.identity] = Ruling(entry, choice, text)
        self.refit()

    def say(self, sentence: str) -> None:
        """Show a sentence until the next key."""
        self._sentence = sentence
        self.refit()

    def fit(self) -> None:
        """Draw what is known for the size there is."""
        size, width = self.room, self.width_of(_WIDEST)
        box, body = self.query_one("#card-box"), self.query_one(BoxScroll)
        height = size.height - (2 if size.height >= 24 else 0)
        box.styles.width = width
        self.set_class(size.height < 24, "-low")
        entries = self._entries
        count = len(entries or ())
        self.set_class(count > 1, "-several")
        box.border_title = Content(
            f"Waiting for your word: {self._at + 1} of {count}" if count > 1 else "Waiting for your word"
        )
        setting = self._setting(width - _FRAME)
        listed = self._list_lines(setting, max(2, height // 6))
        keys = self._key_lines(setting.cells)
        entry = self.entry
        shown: Iterable[Line] = [(Piece("reading ...", "muted"),)]
        if entry is not None:
            shown = entry_lines(entry, self._rulings.get(entry.identity), setting)
        self.query_one("#card-list", Static).update(_content(listed))
        self.query_one("#card-entry", Static).update(_content(shown))
        self.query_one("#card-keys", Static).update(_content(keys))
        self.set_class(bool(self._sentence), "-said")
        self.query_one("#card-said", Static).update(Content(self._sentence))
        taken = 2 + len(keys) + (len(listed) + 1 if count > 1 else 0)
        taken += (0 if size.height < 24 else 1) + (2 if self._sentence else 0)
        body.styles.max_height = max(3, height - taken)

    def _list_lines(self, setting: Setting, most: int) -> list[Line]:
        entries = self._entries or ()
        first = max(0, min(self._at - most // 2, len(entries) - most))
        return [
            list_line(entry, self._rulings.get(entry.identity), setting, is_current=first + at == self._at)
            for at, entry in enumerate(entries[first : first + most])
        ]

    def _key_lines(self, width: int) -> list[Line]:
        entry = self.entry
        if entry is None:
            return []
        names = list(_NAMES[entry.kind])
        if entry.kind == "conflict" and entry.field == "notes":
            names[2:2] = ["card.both", "card.edit"]
        if entry.kind == "overwrite" and "restore" not in entry.choices:
            names.remove("card.retry")
        chunks: list[Chunk] = []
        for name in names:
            if key := next(iter(self._keymap.keys_of(name)), None):
                chunks.append((Piece(key, "key"), Piece(f" {self._word(entry, name)}", "muted")))
        walks = [*self._keymap.keys_of("move.down")[:1], *self._keymap.keys_of("move.up")[:1]]
        if len(self._entries or ()) > 1 and walks:
            chunks.append((Piece(" ".join(walks), "key"), Piece(" next, previous", "muted")))
        chunks.append((Piece("Esc", "key"), Piece(" later", "muted")))
        return flow(chunks, width)

    def _word(self, entry: CardEntry, name: str) -> str:
        if entry.kind == "conflict" and entry.field == "assignee_id":
            claims = {"card.mine": "take over", "card.theirs": "leave it", "card.drop": "drop mine"}
            if name in claims:
                return claims[name]
        if name == "card.send" and len(self._rulings) > 1:
            return f"send all {len(self._rulings)}"
        return _WORDS.get((entry.kind, name)) or _SHORT[name]

    # Keys

    def on_key(self, event: events.Key) -> None:
        """Walk, choose, carry out, or close."""
        event.stop()
        event.prevent_default()
        if self._entries is None and event.key != "escape":
            self._early.append(event)
        else:
            self._pressed(event)

    def _pressed(self, event: events.Key) -> None:
        outcome = self._resolver.feed(key_from_textual(event.key, event.character), Context.CARD)
        if not isinstance(outcome, Run):
            return
        if self._sentence:
            self.say("")
        command = outcome.command_id
        if command in _CLOSING:
            self.dismiss(None)
        elif command in _PASSED_ON:
            self._host.pass_on(command)
        elif command.startswith("card."):
            self._act(command)
        else:
            self._move(command, outcome.count or 1)

    def _act(self, command: str) -> None:
        entry = self.entry
        if entry is None:
            return
        match command:
            case "card.mine" | "card.theirs" | "card.both":
                self._choose(entry, command.removeprefix("card."))  # type: ignore[arg-type]
            case "card.mine_all" | "card.theirs_all":
                choice: Choice = "mine" if command == "card.mine_all" else "theirs"
                for each in self._entries or ():
                    if each.kind == "conflict":
                        self.choose(each, choice)
            case "card.edit":
                if "text" in entry.choices:
                    self._host.put_together(entry)
                else:
                    self.say("Only notes can be put together.")
            case "card.send":
                self._send()
            case "card.drop":
                drops: Mapping[str, Choice] = {"conflict": "theirs", "overwrite": "dismiss"}
                self._host.rule([Ruling(entry, drops.get(entry.kind, "discard"))])
            case "card.retry":
                self._again(entry)
            case "card.copy":
                self._host.copy_value(entry)

    def _choose(self, entry: CardEntry, choice: Choice) -> None:
        if choice in entry.choices:
            self.choose(entry, choice)
        elif entry.kind == "conflict":
            self.say("Only notes can hold both.")
        else:
            self.say("There are no two sides to choose from here: the keys below say what can be done.")

    def _again(self, entry: CardEntry) -> None:
        choice = next((choice for choice in ("retry", "restore") if choice in entry.choices), None)
        if choice is not None:
            self._host.rule([Ruling(entry, choice)])
        elif entry.kind == "conflict":
            self.say("Choose a side first: it is sent when you press Enter.")
        else:
            self.say("What stood there is not known: it cannot be restored.")

    def _send(self) -> None:
        if self._rulings:
            self._host.rule(list(self._rulings.values()))
        else:
            self.say("Nothing is chosen yet: the keys below say what can be done.")

    def _move(self, command: str, count: int) -> None:
        entries, body = self._entries or (), self.query_one(BoxScroll)
        page = max(1, body.size.height - 1)
        scrolls = {
            "move.half_down": page // 2 or 1,
            "move.half_up": -(page // 2 or 1),
            "move.page_down": page,
            "move.page_up": -page,
        }
        if command in scrolls:
            body.scroll_to(y=body.scroll_offset.y + scrolls[command] * count, animate=False)
            return
        ends = {"move.top": 0, "move.bottom": len(entries) - 1}
        steps = {"move.down": count, "move.up": -count}
        wanted = ends.get(command, self._at + steps.get(command, 0))
        at = max(0, min(wanted, len(entries) - 1))
        if entries and at != self._at:
            self._at = at
            body.scroll_home(animate=False)
            self.refit()
            self._host.shown(entries[at])


def _is_same(one: CardEntry, other: CardEntry) -> bool:
    """Whether a choice made for one still says something about the other."""
    return (one.mine, one.theirs) == (other.mine, other.theirs)


def _content(lines: Iterable[Line]) -> Content:
    return Content("\n").join(
        [Content.assemble(*((piece.text, _style(piece.look)) for piece in line)) for line in lines]
    )


def _style(look: str) -> str:
    match look:
        case "heading":
            return "bold $role-text"
        case "label":
            return "$role-muted"
        case "key":
            return "bold $role-key"
    return f"$role-{look}"
