"""The conversations that were read in this session; they are not kept on the disk."""

from concurrent.futures import CancelledError, Future
from typing import Final

from cache.models import Detail, Key, Message
from inbox_tui.drawing import Conversation, has_conversation
from inbox_tui.engine_thread import EngineThread

__all__ = ["Conversations"]

_MOST: Final = 200
"""How many are kept in memory; then the one read first goes."""
_STOPPED: Final = "the connection has stopped"


class Conversations:
    """Has a conversation read when its tab is looked at, and keeps it until the program ends."""

    def __init__(self, engine: EngineThread) -> None:
        self._engine = engine
        self._known: dict[Key, Conversation] = {}
        self._asked: dict[Key, Future[tuple[Message, ...]]] = {}

    def of(self, key: Key) -> Conversation:
        """What is known of the conversation behind a submission."""
        return self._known.get(key, Conversation())

    def wanted(self, detail: Detail, *, again: bool = False) -> None:
        """Somebody looks at it: have it read if it was not; a failed one only if asked `again`."""
        submission = detail.submission
        key, conversation_id = submission.key, submission.attribution.conversation_id
        if conversation_id is None or not has_conversation(submission) or key in self._asked:
            return
        state = self.of(key).state
        if state == "unread" or (state == "failed" and again):
            answer = self._engine.messages(key.source, conversation_id)
            if answer is None:
                self._keep(key, Conversation((), "failed", _STOPPED))
            else:
                self._asked[key] = answer
                self._keep(key, Conversation((), "reading"))

    def take(self) -> None:
        """Take in what was answered since."""
        for key, answer in list(self._asked.items()):
            if answer.done():
                del self._asked[key]
                self._keep(key, _outcome(answer))

    def _keep(self, key: Key, conversation: Conversation) -> None:
        self._known.pop(key, None)
        self._known[key] = conversation
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]


def _outcome(answer: "Future[tuple[Message, ...]]") -> Conversation:
    from cache.sync.remote import RemoteError

    try:
        return Conversation(answer.result(), "read")
    except CancelledError:
        return Conversation((), "failed", _STOPPED)
    except RemoteError as error:
        return Conversation((), "failed", str(error))
