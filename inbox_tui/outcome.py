"""How a command ends: the exit codes, and every expected failure as one sentence for a person."""

import enum
import sqlite3

from cache.text import safe_text

__all__ = ["ExitCode", "Failure", "failure_of"]


class ExitCode(enum.IntEnum):
    """What the exit codes of `inbox-tui` mean."""

    OK = 0
    FAILED = 1
    """Something did not work: an id that is not there, a source that could not be read."""
    USAGE = 2
    """What was typed or configured cannot be used, or no source has a key."""
    NEWER = 3
    """A file of the local copy was written by a newer version, or by another program."""
    UNSETTLED = 4
    """An edit waits for the person, or has not reached its source."""
    INTERRUPTED = 130


class Failure(Exception):
    """A command cannot do what was asked; `str(failure)` says why, displayable, perhaps on several lines."""

    def __init__(self, sentence: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(safe_text(sentence))
        self.code = code


def failure_of(error: BaseException) -> Failure | None:
    """The expected failure behind an exception, None for one that nobody expected."""
    from cache.errors import CacheError, ForeignFile, NewerFile
    from cache.query import QueryError
    from cache.sync.remote import RemoteError
    from inbox_tui.config_check import ConfigError
    from inbox_tui.secrets import SecretError
    from inbox_tui.triage import NotAllowed

    if isinstance(error, Failure):
        return error
    if isinstance(error, NewerFile | ForeignFile):
        return Failure(str(error), ExitCode.NEWER)
    if isinstance(error, ConfigError | QueryError):
        return Failure(str(error), ExitCode.USAGE)
    if isinstance(error, CacheError | RemoteError | SecretError | NotAllowed):
        return Failure(str(error))
    if isinstance(error, sqlite3.Error):
        return Failure(f"The local copy cannot be read or written ({error}).")
    return None
