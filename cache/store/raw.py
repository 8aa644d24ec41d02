"""The provider's JSON text of a submission as bytes, which is how it is hashed and packed."""

import hashlib

from cache.errors import NOT_AS_STORED, CacheBroken

__all__ = ["decoded", "encoded", "raw_hash"]


def encoded(text: str) -> bytes:
    """A text as UTF-8; half of a surrogate pair, which JSON can spell, is encoded as if it were a letter."""
    return text.encode("utf-8", "surrogatepass")


def decoded(raw: bytes) -> str:
    """The text again. Raises CacheBroken for what is no text."""
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as exc:
        raise CacheBroken(NOT_AS_STORED) from exc


def raw_hash(raw: bytes) -> bytes:
    """The hash that is kept beside the JSON text of a submission, to notice when the file was damaged."""
    return hashlib.blake2b(raw, digest_size=12).digest()
