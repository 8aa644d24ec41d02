"""The systems that can be read and edited: one module each, found by name and loaded when needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeAlias, cast

from cache.models import TRIAGE_FIELDS, Capability, Submission, TriageField

if TYPE_CHECKING:
    import httpx

    from cache.sync.remote import Remote
    from inbox_tui.config import SourceConfig
    from inbox_tui.providers.http import JsonClient
    from inbox_tui.secrets import Secret

__all__ = [
    "Decoder",
    "Endpoint",
    "ProviderModule",
    "capabilities",
    "container_noun",
    "decoder",
    "deletes",
    "keeps_no_triage",
    "open_remote",
    "provider_names",
    "registered",
    "remote_opener",
]

Decoder: TypeAlias = Callable[[Mapping[str, Any], str], Submission]
"""Makes a submission of one item of a provider's JSON and the name of the source.

Raises `inbox_tui.providers.items.BadItem` for an item that cannot be understood.
"""


class Endpoint(NamedTuple):
    """Where a system is, unless a source says otherwise, and where it looks for the key."""

    base_url: str
    header: str = "Authorization"
    scheme: str = "Bearer "
    """What stands before the key, with its blank."""


class ProviderModule(Protocol):
    """What a provider's module offers."""

    ENDPOINT: Endpoint

    def decode(self, raw: Mapping[str, Any], source: str) -> Submission:
        """Make a submission of one item of the provider's JSON."""
        ...

    def open_remote(self, config: SourceConfig, client: JsonClient, clock: Callable[[], float]) -> Remote:
        """Open the source, which is reached through `client`."""
        ...


class _Provider(NamedTuple):
    module: str
    capabilities: Mapping[TriageField, Capability]
    noun: str = "form"
    """What a list of submissions hangs on."""
    deletes: bool = False
    """Whether its remote offers `cache.sync.remote.Deleting`."""


_STORES_ALL: Final[Mapping[TriageField, Capability]] = dict.fromkeys(TRIAGE_FIELDS, Capability.REMOTE)
_STORES_NONE: Final[Mapping[TriageField, Capability]] = dict.fromkeys(TRIAGE_FIELDS, Capability.LOCAL)

_PROVIDERS: Final[dict[str, _Provider]] = {
    "awardee": _Provider("inbox_tui.providers.awardee", _STORES_ALL, "page"),
    "mantlz": _Provider("inbox_tui.providers.mantlz", _STORES_NONE),
    "mimicbot": _Provider("inbox_tui.providers.mimicbot", _STORES_NONE, "bot"),
    "postbox": _Provider("inbox_tui.providers.postbox", _STORES_NONE, deletes=True),
}


def provider_names() -> tuple[str, ...]:
    """The names a source may give as its `provider`."""
    return tuple(_PROVIDERS)


@contextmanager
def registered(
    name: str,
    module: str,
    capabilities: Mapping[TriageField, Capability] = _STORES_NONE,
    noun: str = "form",
    *,
    deletes: bool = False,
) -> Iterator[None]:
    """Adds a provider from outside while the block runs; `module` is imported by this name when needed.

    Raises ValueError for a name that is taken.
    """
    if name in _PROVIDERS:
        raise ValueError(f"there is a provider {name} already")
    _PROVIDERS[name] = _Provider(module, capabilities, noun, deletes)
    try:
        yield
    finally:
        del _PROVIDERS[name]


def container_noun(provider: str) -> str:
    """What a list of submissions hangs on there: a page, a form or a bot. Raises KeyError if unknown."""
    return _PROVIDERS[provider].noun


def capabilities(provider: str) -> Mapping[TriageField, Capability]:
    """Where the provider keeps each triage field, for every credential. Raises KeyError if unknown."""
    return _PROVIDERS[provider].capabilities


def keeps_no_triage(provider: str) -> bool:
    """Whether edits are kept locally, as the provider has no place for them. Raises KeyError if unknown."""
    return Capability.REMOTE not in _PROVIDERS[provider].capabilities.values()


def deletes(provider: str) -> bool:
    """Whether its submissions can be deleted there for good. Raises KeyError if unknown."""
    return _PROVIDERS[provider].deletes


def decoder(provider: str) -> Decoder:
    """The function that reads one item of the provider's JSON. Raises KeyError if unknown."""
    return _module(provider).decode


def open_remote(
    config: SourceConfig,
    secret: Secret,
    *,
    clock: Callable[[], float],
    transport: httpx.AsyncBaseTransport | None = None,
) -> Remote:
    """Open the API behind a configured source; nothing is sent yet.

    `clock` gives seconds since the epoch; `transport` takes the place of the network in tests. Raises
    Misconfigured for an address or a `ca_file` that cannot be used.
    """
    from inbox_tui.providers.http import JsonClient, Wire

    module = _module(config.provider)
    at = module.ENDPOINT
    base_url = config.base_url or at.base_url
    wire = Wire(config.name, base_url, secret, at.header, at.scheme, config.proxy, config.ca_file)
    client = JsonClient(wire, clock=clock, transport=transport)
    return module.open_remote(config, client, clock)


def remote_opener(
    config: SourceConfig, environ: Mapping[str, str], *, clock: Callable[[], float]
) -> Callable[[], Remote]:
    """A function that finds the credential of a source and opens its API, for the engine to call.

    It may wait for a `key_command` or a keyring, so call it in a thread that may wait. It raises AuthPaused
    when there is no usable credential, and what `open_remote` raises.
    """

    def opener() -> Remote:
        from cache.sync.remote import AuthPaused
        from inbox_tui.secrets import SecretError, load_secret

        try:
            secret = load_secret(config, environ)
        except SecretError as exc:
            raise AuthPaused(str(exc)) from exc
        return open_remote(config, secret, clock=clock)

    return opener


def _module(provider: str) -> ProviderModule:
    return cast("ProviderModule", import_module(_PROVIDERS[provider].module))
