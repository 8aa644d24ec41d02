"""Messages that cross threads or widgets: facts in the past tense."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual.message import Message

from cache.store.changes import ChangeSet
from cache.sync.status import SourceStatus

__all__ = ["Answered", "CacheChanged", "SourceStatusChanged", "StoreCrashed", "StoreFailed"]


@dataclass
class Answered(Message):
    """Another thread finished something; `then` takes the result on the UI thread."""

    then: Callable[[Any], None]
    result: Any


@dataclass
class StoreFailed(Message):
    """The store thread could not do something; `then` takes the error on the UI thread, if given."""

    error: Exception
    then: Callable[[Exception], None] | None


@dataclass
class StoreCrashed(Message):
    """The program failed on the store thread: nothing can be read or saved any more."""

    error: BaseException


@dataclass
class CacheChanged(Message):
    """Rows or names in the local copy are not what they were; None: anything may have changed."""

    change: ChangeSet | None


@dataclass
class SourceStatusChanged(Message):
    """A source's connection changed."""

    status: SourceStatus
