"""Keyrings for one process: one that works, one that is locked, one that forgets."""

import keyring.errors
from keyring.backend import KeyringBackend

__all__ = ["ForgetfulKeyring", "LockedKeyring", "MemoryKeyring"]


class MemoryKeyring(KeyringBackend):
    priority = 1

    def __init__(self):
        super().__init__()
        self.held = {}

    def get_password(self, service, username):
        return self.held.get((service, username))

    def set_password(self, service, username, password):
        self.held[service, username] = password

    def delete_password(self, service, username):
        del self.held[service, username]


class LockedKeyring(MemoryKeyring):
    def get_password(self, service, username):
        raise keyring.errors.KeyringLocked("the collection is locked")


class ForgetfulKeyring(MemoryKeyring):
    def set_password(self, service, username, password):
        """Say nothing, keep nothing."""
