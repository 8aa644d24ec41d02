"""Credentials of the reference server, derived from its seed so that nothing has to be stored."""

from __future__ import annotations

import hashlib

__all__ = ["derive", "derive_uuid"]


def derive(seed: int, name: str, prefix: str) -> str:
    """Return `prefix` and 32 hexadecimal characters that depend on seed and name alone."""
    return prefix + hashlib.sha256(f"inbox-tui demo key {seed} {name}".encode()).hexdigest()[:32]


def derive_uuid(seed: int, name: str) -> str:
    """Return a version 4 shaped UUID that depends on seed and name alone."""
    digest = hashlib.sha256(f"inbox-tui demo id {seed} {name}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"
