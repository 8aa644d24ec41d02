"""The registry: providers are found by name and nothing is loaded before it is needed."""

import subprocess
import sys

import httpx
import pytest

from cache.models import TRIAGE_FIELDS, Capability
from cache.sync.remote import AuthPaused, Misconfigured, ServerFault, deletes
from inbox_tui import providers
from inbox_tui.config import SourceConfig
from inbox_tui.secrets import Secret

HEAVY = ("httpx", "pydantic", "textual", "platformdirs", "keyring", "tomlkit", "tomllib", "click")


def loaded_after(statement):
    code = f"{statement}\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module", ["providers", "config", "config_check", "config_write", "paths", "secrets"]
)
def test_importing_a_module_loads_nothing_heavy(module):
    assert loaded_after(f"import inbox_tui.{module}") == set()


def test_decoding_loads_no_http_library():
    assert "httpx" not in loaded_after("from inbox_tui.providers import decoder\ndecoder('awardee')")


def test_asking_for_capabilities_loads_nothing_heavy():
    assert loaded_after("from inbox_tui.providers import capabilities\ncapabilities('awardee')") == set()


def test_awardee_stores_all_triage_fields():
    assert providers.capabilities("awardee") == dict.fromkeys(TRIAGE_FIELDS, Capability.REMOTE)


def test_every_name_has_a_decoder():
    for name in providers.provider_names():
        at = "2026-01-01T00:00:00Z"
        submission = providers.decoder(name)({"id": "x", "created_at": at, "createdAt": at}, "src")
        assert (submission.provider, submission.source) == (name, "src")


def test_an_unknown_name_is_a_key_error():
    with pytest.raises(KeyError):
        providers.decoder("nobody")


async def test_a_remote_is_opened_from_its_configuration():
    seen = []

    def handler(request):
        seen.append(request)
        return httpx.Response(503)

    config = SourceConfig("acme", "awardee", base_url="https://api.example/v9/")
    transport = httpx.MockTransport(handler)
    remote = providers.open_remote(config, Secret("k" * 9), clock=lambda: 0.0, transport=transport)
    try:
        assert (remote.source, remote.provider, remote.page_size, remote.poll_floor) == (
            "acme",
            "awardee",
            100,
            30,
        )
        assert remote.budget.windows == ()
        assert remote.capabilities == providers.capabilities("awardee")
        with pytest.raises(ServerFault, match=r"api\.example"):
            await remote.identity()
    finally:
        await remote.aclose()
    assert str(seen[0].url) == "https://api.example/v9/me"


async def test_without_an_address_the_providers_own_is_used():
    seen = []

    def handler(request):
        seen.append(str(request.url))
        return httpx.Response(301)

    remote = providers.open_remote(
        SourceConfig("acme", "awardee"),
        Secret("k" * 9),
        clock=lambda: 0.0,
        transport=httpx.MockTransport(handler),
    )
    with pytest.raises(Misconfigured):
        await remote.identity()
    await remote.aclose()
    assert seen == ["https://api.awardee.dev/v1/me"]


async def test_an_opener_finds_the_key_when_it_is_called():
    environ = {}
    opener = providers.remote_opener(SourceConfig("acme", "awardee", key_env="K"), environ, clock=lambda: 0.0)
    with pytest.raises(AuthPaused, match=r"\[sources\.acme\].* K,"):
        opener()
    environ["K"] = "k" * 9
    remote = opener()
    assert remote.source == "acme"
    await remote.aclose()


@pytest.mark.parametrize("name", ["awardee", "mantlz", "mimicbot", "postbox"])
async def test_what_the_registry_says_of_deletion_is_what_the_remote_offers(name):
    remote = providers.open_remote(SourceConfig("acme", name), Secret("k" * 9), clock=lambda: 0.0)
    try:
        assert providers.deletes(name) == deletes(remote) == hasattr(remote, "delete")
        assert providers.deletes(name) == (name == "postbox")
    finally:
        await remote.aclose()
