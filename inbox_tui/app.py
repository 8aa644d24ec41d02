"""The application: wires threads, themes, keys and the one screen together."""

import gc
import time
from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.message import Message

from cache.text import safe_text
from inbox_tui.config import ConfigError
from inbox_tui.config_write import set_ui
from inbox_tui.crash import SafeCrash
from inbox_tui.driver import InboxDriver
from inbox_tui.end_signals import EndSignals
from inbox_tui.engine_thread import EngineThread
from inbox_tui.fence import Fence
from inbox_tui.inbox.copying import copy_to_system
from inbox_tui.inbox.news import News
from inbox_tui.inbox.quitting import Quitting
from inbox_tui.looks import load_themes, variable_defaults
from inbox_tui.messages import Answered, CacheChanged, SourceStatusChanged, StoreCrashed, StoreFailed
from inbox_tui.paths import themes_dir
from inbox_tui.screens.inbox import InboxScreen
from inbox_tui.signs import PLAIN, UNICODE, SignSet
from inbox_tui.store_thread import StoreListener, StoreThread
from inbox_tui.views import View, all_views
from inbox_tui.workspace import Workspace
from inbox_tui.zone import MachineZone

if TYPE_CHECKING:
    from inbox_tui.inbox.pressing import KeyController
    from inbox_tui.keymap import Keymap
    from inbox_tui.screens.note_editor import NoteEditor
    from inbox_tui.screens.picking import PickEntry

__all__ = ["InboxApp"]


class InboxApp(SafeCrash, inherit_bindings=False):
    """The inbox. Reads and edits go to the store thread, the network belongs to the engine thread."""

    TITLE = "inbox-tui"
    CSS_PATH = Path(__file__).parent / "styles" / "inbox.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        workspace: Workspace,
        store: StoreThread,
        keymap: "Keymap | None" = None,
        signs: SignSet = UNICODE,
        *,
        view: View | None = None,
        query: str | None = None,
        problems: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
        zone: tzinfo | None = None,
    ) -> None:
        """`problems` are sentences about the configuration, told once the inbox shows.

        Times are written in `zone`, by default that of this machine.
        """
        self.fence = Fence()
        """The last filter before the terminal."""
        super().__init__(driver_class=InboxDriver)
        self.workspace = workspace
        self.store = store
        self._given_keymap = keymap
        self.signs = signs
        self.clock = clock
        self.engine = EngineThread(workspace, News(self.tell), wall=clock)
        self._problems = list(problems)
        views = all_views(workspace.config)
        self.inbox = InboxScreen(views, view or views[0], query, zone or MachineZone())
        self.is_started = False
        """True once the first rows were shown: then keys, commands and the engine are loaded."""
        self._end_signals = EndSignals(self)
        self._quitting = Quitting(self)
        self._put_theme_on()

    @cached_property
    def keymap(self) -> "Keymap":
        """The person's keys; read after the first rows, with a sentence for each line that was left out."""
        if self._given_keymap is not None:
            return self._given_keymap
        from inbox_tui.keymap import build_keymap

        config = self.workspace.config
        keymap, problems = build_keymap(config.keys)
        self._problems += [*config.key_problems, *map(str, problems)]
        return keymap

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Every role has a colour in any theme."""
        return dict(variable_defaults())

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Clean every line once more before it is written."""
        return [*super().get_line_filters(), self.fence]

    def _put_theme_on(self) -> None:
        """Register the themes and choose one before the first style sheet is read, not after."""
        found, problems = load_themes(themes_dir(self.workspace.environ))
        self._problems += problems
        self._theme_names = tuple(found)
        for theme in found.values():
            self.register_theme(theme)
        wanted = self.workspace.config.ui.theme
        if wanted in found:
            self.theme = wanted
        else:
            self.theme = "dusk"
            self._problems.append(f"There is no theme {wanted!r}: {', '.join(found)}")
        self._styled_in = self.theme, self.get_css_variables()
        self.stylesheet.set_variables(self._styled_in[1])

    def refresh_css(self, animate: bool = True) -> None:
        """Style everything anew, unless it is styled in these colours: Textual asks for it at each start."""
        wanted = self.theme, self.get_css_variables()
        if wanted != self._styled_in:
            self._styled_in = wanted
            super().refresh_css(animate)

    def get_default_screen(self) -> "InboxScreen":
        """The inbox is the first screen: there is nothing to style and draw below it."""
        return self.inbox

    def on_load(self) -> None:
        """Listen to the store, and to who ends programs: the terminal is given back then, too."""
        self._end_signals.listen()
        self.store.listen(
            StoreListener(
                answered=lambda then, result: self.tell(Answered(then, result)),
                failed=lambda error, then: self.tell(StoreFailed(error, then)),
                changed=lambda: self.tell(CacheChanged(None)),
                crashed=lambda error: self.tell(StoreCrashed(error)),
            )
        )

    def tell(self, message: Message) -> None:
        """Hand a message over from another thread; after the end nobody wants it any more."""
        if self.is_running:
            self.post_message(message)

    async def on_event(self, event: events.Event) -> None:
        """Hold keys back that were typed while a box with an input is still being opened, or after such."""
        if isinstance(event, events.Key):
            self.engine.typed()
            if self.is_opening() or self._are_keys_held():
                self.inbox.keys.keep(event)
                return
        await super().on_event(event)

    async def give(self, event: events.Key) -> None:
        """Hand a key that was held back to what takes keys now."""
        await super().on_event(event)

    def _are_keys_held(self) -> bool:
        keys: KeyController | None = vars(self.inbox).get("keys")  # loaded with the first key
        return keys is not None and keys.are_held

    def is_opening(self) -> bool:
        """Whether the box on top takes text but has no focus yet (in a blurred terminal nothing has)."""
        top = self.screen if self.is_running and self.app_focus else None
        return top is not None and "-typing" in top.classes and top.focused is None

    @property
    def _is_showing(self) -> bool:
        """Whether there is an inbox to tell: not before it is wired, not while it is taken down."""
        return self.is_running and self.inbox.is_wired and self.inbox.is_attached

    def pop_screen(self) -> AwaitComplete:
        """Take away the screen over the inbox; the inbox itself stays, however fast Esc is pressed."""
        return AwaitComplete() if self.screen is self.inbox else super().pop_screen()

    def on_answered(self, message: Answered) -> None:
        """Take a result of the store thread."""
        if self._is_showing:
            message.then(message.result)

    def on_store_failed(self, message: StoreFailed) -> None:
        """Take a failure of the store thread to whoever asked, else to the person."""
        if not self._is_showing:
            return
        if message.then is not None:
            message.then(message.error)
        else:
            self.inbox.say(str(message.error), "error")

    def on_store_crashed(self, message: StoreCrashed) -> None:
        """Without its store thread the inbox would only seem to work: end, and say where it failed."""
        raise message.error

    def on_cache_changed(self, message: CacheChanged) -> None:
        """Pass news on."""
        if self._is_showing:
            self.inbox.take_news(message.change)

    def on_source_status_changed(self, message: SourceStatusChanged) -> None:
        """Pass a connection's state on."""
        if self._is_showing:
            self.inbox.take_status(message.status)

    def on_note_editor_submitted(self, message: "NoteEditor.Submitted") -> None:
        """A note is to be saved."""
        self.inbox.actions.notes.save(message)

    def is_filling(self) -> bool:
        """Whether a source is read for the first time, and nobody has pressed a key yet."""
        read = self.inbox.facts.synced_at
        return not self.engine.was_typed and any(name not in read for name in self.workspace.source_names)

    def first_rows_shown(self) -> None:
        """The first rows are there: start what was kept off the road to them."""
        if not self.is_started:
            self.is_started = True
            self.call_later(self._load_the_rest)

    async def _load_the_rest(self) -> None:
        await self.inbox.complete()
        self.inbox.bottom.show_hints()
        if not self._end_signals.loaded():
            self._start_engine()

    def _start_engine(self) -> None:
        gc.enable()
        gc.freeze()
        self.engine.start()
        self.inbox.bottom.say_first(self._problems)

    # Looks

    def toggle_signs(self) -> None:
        """Plain letters, or symbols again."""
        self.signs = UNICODE if self.signs is PLAIN else PLAIN
        self.inbox.use_signs(self.signs)

    def theme_entries(self) -> "tuple[PickEntry[str], ...]":
        """The themes as the palette offers them."""
        from inbox_tui.screens.picking import PickEntry

        return tuple(
            PickEntry(f"theme:{name}", f"Theme: {name}", "in use" if name == self.theme else "")
            for name in self._theme_names
        )

    def choose_theme(self, name: str) -> None:
        """Put a theme on and, off this thread, keep it in the configuration."""
        self.theme = name
        path = self.workspace.config.path

        def keep(_: object) -> str | None:
            try:
                set_ui(path, "theme", name)
            except ConfigError as error:
                return f"The theme is on, but could not be kept: {error}"
            return None

        self.store.submit(keep, lambda problem: self.inbox.say(problem, "warning") if problem else None)

    def copy_text(self, text: str, name: str) -> None:
        """Copy cleaned text by the terminal (OSC 52) and, off this thread, by the system's tool."""
        cleaned = safe_text(text).rstrip("\n")
        self.copy_to_clipboard(cleaned)

        def copy() -> None:
            tool = copy_to_system(cleaned, self.workspace.environ)
            said = f"copied the {name} ({tool})" if tool else f"sent the {name} to the terminal's clipboard"
            self.tell(Answered(self.inbox.say, said))

        self.run_worker(copy, thread=True, group="clipboard")

    # Leaving

    def quit_inbox(self) -> None:
        """Quit; what stays behind unsent is named first."""
        self._quitting.start()

    def on_flushed(self) -> None:
        """Every edit was tried."""
        self._quitting.flushed()

    def stop_threads(self) -> None:
        """End both threads after the app has ended."""
        self.engine.stop()
        self.store.stop()
