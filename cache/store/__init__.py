"""The cache file: rows in from a source, windows, counts and details out to a screen."""

from cache.store.changes import ChangeSet
from cache.store.reader import Reader, Window
from cache.store.sources import Coverage, SourceState
from cache.store.writer import Writer

__all__ = ["ChangeSet", "Coverage", "Reader", "SourceState", "Window", "Writer"]
