"""What can go wrong with the local files, each as one sentence for a person."""

__all__ = ["CacheBroken", "CacheError", "NewerFile", "NotSaved", "UnsafeFile"]


class CacheError(Exception):
    """The local copy cannot do what was asked.

    CacheError
    +-- UnsafeFile    a directory or file is not private to this person
    +-- NewerFile     written by a newer version of inbox-tui
    +-- CacheBroken   the file cannot be read as a database
    +-- NotSaved      an edit did not reach the disk
    """


class UnsafeFile(CacheError):
    """A directory or file is a symbolic link, somebody else's, or writable by others."""


class NewerFile(CacheError):
    """The file was written by a newer version; it was left as it is."""


class CacheBroken(CacheError):
    """The file is not a database that can be read."""


class NotSaved(CacheError):
    """The disk refused an edit: nothing of it was kept."""
