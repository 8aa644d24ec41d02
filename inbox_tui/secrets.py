"""Holds credentials so that they cannot be shown by accident, and finds the credential of a source."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from inbox_tui.config import SourceConfig

__all__ = [
    "KEYRING_SERVICE",
    "BadKey",
    "KeyNotKept",
    "MissingKey",
    "NoKeyring",
    "Secret",
    "SecretError",
    "load_secret",
    "store_secret",
]

KEYRING_SERVICE: Final = "inbox-tui"
"""The service name in the system keyring; the user name there is the name of the source."""

COMMAND_SECONDS: Final = 30.0
"""How long a `key_command` may take."""

_MASK: Final = "Secret(****)"
_USABLE: Final = re.compile(r"[\x21-\x7e]{1,4096}")


class SecretError(Exception):
    """A credential cannot be had.

    SecretError
    +-- MissingKey      there is none where the configuration points
    |   +-- NoKeyring   there is no system keyring that keeps anything
    |   +-- KeyNotKept  there is one, but it did not do what was asked (locked, for one)
    +-- BadKey          there is one, but it cannot be a credential

    `str(error)` is one sentence for a person and never holds the value.
    """


class MissingKey(SecretError):
    """There is no credential where the configuration points."""


class NoKeyring(MissingKey):
    """There is no system keyring that keeps anything."""


class KeyNotKept(MissingKey):
    """The system keyring did not do what was asked; it may be locked."""


class BadKey(SecretError):
    """The value found cannot be a credential."""


class Secret:
    """A credential whose text form is a mask. Only `reveal` gives the value.

    Raises BadKey for a value that is empty, very long, or holds blanks, control or non-ASCII characters:
    such a value cannot be sent in a header, and a library might quote it in an error.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not _USABLE.fullmatch(value):
            raise BadKey(_complaint(value))
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that sends it."""
        return self._value

    def redact(self, text: str) -> str:
        """`text` with every occurrence of the value replaced, for texts a server wrote."""
        return text.replace(self._value, "[key]")

    def __repr__(self) -> str:
        return _MASK

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled or copied to a file")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:  # noqa: ANN401 - the signature is object's
        raise TypeError("a secret cannot be pickled or copied to a file")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self


def load_secret(
    source: SourceConfig,
    environ: Mapping[str, str],
    run: Callable[..., subprocess.CompletedProcess[bytes]] = subprocess.run,
) -> Secret:
    """Finds the credential of `source`: its environment variable, its command, else the system keyring.

    Raises MissingKey when there is none and BadKey when what is there cannot be a credential.
    """
    if source.key_env is not None:
        value = environ.get(source.key_env, "")
        if not value:
            raise MissingKey(f"{source.where}: key_env names {source.key_env}, but that variable is not set.")
        return _checked(source, "key_env", value)
    if source.key_command is not None:
        return _checked(source, "key_command", _from_command(source, source.key_command, environ, run))
    return _checked(source, "the system keyring", _from_keyring(source))


def store_secret(source_name: str, secret: Secret) -> Callable[[], None]:
    """Puts a credential into the system keyring and gives what takes it back: then it holds what it held.

    Raises NoKeyring where there is none, or one that keeps nothing, and KeyNotKept when it refuses; so does
    the taking back.
    """
    import keyring

    before = _of_keyring(source_name, lambda: keyring.get_password(KEYRING_SERVICE, source_name))

    def put(value: str | None) -> str | None:
        if value is not None:
            keyring.set_password(KEYRING_SERVICE, source_name, value)
        elif keyring.get_password(KEYRING_SERVICE, source_name) is not None:
            keyring.delete_password(KEYRING_SERVICE, source_name)
        return keyring.get_password(KEYRING_SERVICE, source_name)

    def take_back() -> None:
        _of_keyring(source_name, lambda: put(before))

    try:
        held = _of_keyring(source_name, lambda: put(secret.reveal()))
    except BaseException:
        # Interrupted between the storing and the look at it, it may be there.
        with contextlib.suppress(SecretError):
            take_back()
        raise
    if held != secret.reveal():
        raise NoKeyring(
            "The system keyring keeps nothing here; key_env or key_command can name the key instead."
        )
    return take_back


def _of_keyring(source_name: str, ask: Callable[[], str | None]) -> str | None:
    """What the keyring answers. Its errors may quote the key, so they do not travel on."""
    import keyring.errors

    try:
        return ask()
    except keyring.errors.NoKeyringError:
        raise NoKeyring("There is no system keyring here; key_env or key_command can name the key.") from None
    except (keyring.errors.KeyringError, RuntimeError, OSError) as exc:
        raise KeyNotKept(
            f"The system keyring did not take the key of source {source_name} ({type(exc).__name__}); "
            "name it by key_env or key_command instead."
        ) from None


def _checked(source: SourceConfig, origin: str, value: str) -> Secret:
    try:
        return Secret(value)
    except BadKey as exc:
        raise BadKey(f"{source.where}: the key from {origin} {exc}") from None


def _complaint(value: str) -> str:
    if not value:
        return "is empty."
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in value):
        return "holds a line break or another control character."
    if any(char.isspace() for char in value):
        return "holds a blank."
    if not value.isascii():
        return "holds a character that is not ASCII."
    return "is longer than 4096 characters."


def _from_command(
    source: SourceConfig,
    command: tuple[str, ...],
    environ: Mapping[str, str],
    run: Callable[..., subprocess.CompletedProcess[bytes]],
) -> str:
    """The first line a `key_command` prints. Its error output may quote the key, so nobody sees it."""
    name = command[0]
    where = f"{source.where}: key_command ({name})"
    try:
        done = run(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            timeout=COMMAND_SECONDS,
            check=False,
            shell=False,
        )
    except FileNotFoundError:
        raise MissingKey(f"{where} was not found.") from None
    except subprocess.TimeoutExpired:
        # The exception carries what was printed so far, so it must not stay in the chain.
        raise MissingKey(f"{where} gave no key within {COMMAND_SECONDS:.0f} seconds.") from None
    except (OSError, ValueError) as exc:
        raise MissingKey(f"{where} could not be started ({type(exc).__name__}).") from None
    if done.returncode != 0:
        raise MissingKey(f"{where} ended with exit code {done.returncode}.")
    try:
        text = done.stdout.decode("utf-8")
    except UnicodeDecodeError:
        raise BadKey(f"{where} printed something that is not UTF-8.") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise MissingKey(f"{where} printed nothing.")
    return text


def _from_keyring(source: SourceConfig) -> str:
    import keyring
    import keyring.errors

    others = "key_env or key_command can name the key instead"
    try:
        value = keyring.get_password(KEYRING_SERVICE, source.name)
    except keyring.errors.NoKeyringError:
        raise MissingKey(f"{source.where}: there is no system keyring here; {others}.") from None
    except (keyring.errors.KeyringError, RuntimeError, OSError) as exc:
        raise MissingKey(
            f"{source.where}: the system keyring did not answer ({type(exc).__name__}); {others}."
        ) from None
    if not value:
        raise MissingKey(
            f"{source.where}: the system keyring holds no key for it (service {KEYRING_SERVICE}, "
            f"user {source.name}); {others}."
        )
    return value
