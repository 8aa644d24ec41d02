"""`inbox-tui init`: a source is set up by questions, tried out, and only then written down."""

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from inbox_tui.outcome import ExitCode, Failure

if TYPE_CHECKING:
    from inbox_tui.cli.probe import Account
    from inbox_tui.config import Config
    from inbox_tui.secrets import Secret

__all__ = ["init_command"]

_SHOWN: Final = 20
"""How many forms or bots are named."""
_MOST_NAME: Final = 30
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Found:
    """What was answered and tried out."""

    file: Path
    name: str
    provider: str
    secret: "Secret"
    values: dict[str, str]
    """What the section of the source will hold; without `key_env` the key goes to the keyring."""


@click.command(
    "init",
    help="Set up a source: asks for the provider and the key, tries the key, shows what it opens, and adds"
    " the source to the configuration. The key goes to the system keyring; where there is none, the"
    " configuration names an environment variable that you set.\n\n"
    "Nothing is written before the key has worked. What the options answer is not asked. Without a terminal"
    " the key is read from standard input, one line, or from the variable of --key-env.",
)
@click.option("--provider", metavar="PROVIDER", help="The system, as in the configuration.")
@click.option("--name", metavar="NAME", help="What the source is called here: a-z, 0-9, _ and -.")
@click.option("--key-env", metavar="VARIABLE", help="Keep the key in this environment variable.")
@click.option("--base-url", metavar="URL", help="Where the API is, if not at the provider's own address.")
@click.option("--yes", is_flag=True, help="Ask for nothing but the key; take what is suggested.")
def init_command(
    provider: str | None, name: str | None, key_env: str | None, base_url: str | None, yes: bool
) -> int:
    """Set up a source."""
    from inbox_tui import config as configuration
    from inbox_tui import paths

    file = paths.config_file(os.environ)
    try:
        config = configuration.load(file)
    except configuration.ConfigMissing:
        config = configuration.Config(file)
    if name is not None and (wrong := _complaint(config, name)):
        raise Failure(wrong, ExitCode.USAGE)
    if key_env is not None and not _VARIABLE.fullmatch(key_env):
        raise Failure("--key-env must be the name of an environment variable.", ExitCode.USAGE)
    values = {"provider": _provider(provider, yes=yes)}
    if base_url is not None:
        values["base_url"] = _address(base_url)
    secret = _key(key_env, yes=yes)
    account = _tried(name or values["provider"], values, secret)
    _tell(account, values["provider"])
    name = name or _name(config, account, values["provider"], yes=yes)
    if key_env is not None:
        values["key_env"] = key_env
    question = _question(name, file, key_env)
    if not yes and not _answer("last question", lambda: click.confirm(question, default=True, err=True)):
        raise Failure("Nothing was written.")
    _write(_Found(file, name, values["provider"], secret, values), yes=yes)
    return ExitCode.OK


def _answer(what: str, ask: Callable[[], _T]) -> _T:
    """The answer to a question. A stream of answers that ends early is a mistake of a script."""
    try:
        return ask()
    except click.Abort as abort:
        if isinstance(abort.__context__, EOFError):
            raise _ended(what) from abort
        raise


def _ended(what: str) -> Failure:
    return Failure(
        f"The input ended before the {what} was answered; nothing was written. Options can answer:"
        " inbox-tui init --help.",
        ExitCode.USAGE,
    )


def _provider(given: str | None, *, yes: bool) -> str:
    import difflib

    from cache.text import one_line
    from inbox_tui.providers import provider_names

    known = provider_names()
    if given is None:
        if yes:
            raise Failure(f"--provider is needed: {', '.join(known)}.", ExitCode.USAGE)
        choice = click.Choice(known)
        answer: str = _answer("provider", lambda: click.prompt("Provider", type=choice, err=True))
        return answer
    if given not in known:
        near = difflib.get_close_matches(given, known, n=1, cutoff=0.0)[0]
        raise Failure(f'There is no provider "{one_line(given, 60)}". Did you mean {near}?', ExitCode.USAGE)
    return given


def _address(given: str) -> str:
    from inbox_tui.config_check import Table

    address = Table({"--base-url": given}, "inbox-tui init", "").address("--base-url", loopback_http=True)
    if address is None:
        raise Failure("--base-url is empty.", ExitCode.USAGE)
    return address


def _key(key_env: str | None, *, yes: bool) -> "Secret":
    """The key to try: from the variable, else typed without being shown, else a line of standard input."""
    from inbox_tui.secrets import BadKey, Secret

    value = os.environ.get(key_env, "") if key_env is not None else ""
    if not value and key_env is not None and yes:
        raise Failure(f"--key-env names {key_env}, but that variable is not set.", ExitCode.USAGE)
    if not value and sys.stdin.isatty():
        value = _answer("question for the key", lambda: click.prompt("Key", hide_input=True, err=True))
    elif not value:
        line = sys.stdin.readline()
        if not line:
            raise _ended("question for the key")
        value = line
    try:
        return Secret(value.strip())
    except BadKey as error:
        raise Failure(f"This cannot be a key: it {error}", ExitCode.USAGE) from None


def _tried(name: str, values: dict[str, str], secret: "Secret") -> "Account":
    from inbox_tui.cli.probe import look
    from inbox_tui.config import SourceConfig

    click.echo("Trying the key ...", err=True)
    return look(SourceConfig(name, values["provider"], base_url=values.get("base_url")), secret)


def _tell(account: "Account", provider: str) -> None:
    from cache.text import one_line
    from inbox_tui.providers import container_noun

    noun = container_noun(provider)
    click.echo(f"The key opens {one_line(account.name, 80)}.")
    if account.trouble is not None:
        click.echo(f"The {noun}s cannot be listed: {account.trouble}", err=True)
        return
    count = len(account.containers)
    click.echo(f"{count:,} {noun}{'' if count == 1 else 's'}{':' if count else '.'}")
    for container in account.containers[:_SHOWN]:
        click.echo(f"  {one_line(container, 80)}")
    if count > _SHOWN:
        click.echo(f"  and {count - _SHOWN:,} more")


def _name(config: "Config", account: "Account", provider: str, *, yes: bool) -> str:
    """The name of the source: as suggested, or another that is free."""
    suggested = _suggested(config, account.name, provider)
    if yes:
        return suggested

    def checked(value: str) -> str:
        wrong = _complaint(config, value)
        if wrong:
            raise click.BadParameter(wrong)
        return value

    answer: str = _answer(
        "name",
        lambda: click.prompt("Name of the source", default=suggested, value_proc=checked, err=True),
    )
    return answer


def _suggested(config: "Config", account: str, provider: str) -> str:
    words = re.findall(r"[a-z0-9]+", account.lower())
    stem = "-".join(words)[:_MOST_NAME].strip("-") or provider
    free = (stem, f"{stem}-{provider}", *(f"{stem}-{number}" for number in range(2, len(config.sources) + 3)))
    return next(name for name in free if name not in config.sources)


def _complaint(config: "Config", name: str) -> str | None:
    """Why a name cannot be given, as a sentence."""
    from inbox_tui.config_check import ConfigError, Table, shown

    if name in config.sources:
        return f"{shown(config.path)} has a source {name} already; choose another name."
    try:
        Table({}, "inbox-tui init", f"sources.{name}", name).name_check()
    except ConfigError:
        return "The name of a source may hold only a-z, 0-9, _ and -, and 64 of them at most."
    return None


def _question(name: str, file: Path, key_env: str | None) -> str:
    from inbox_tui.config_check import shown

    place = f"${key_env}" if key_env else "the system keyring"
    return f"Add {name} to {shown(file)}, with its key in {place}?"


def _write(found: _Found, *, yes: bool) -> None:
    """The key into the keyring, then the section into the file; together or not at all."""
    from inbox_tui.config_check import shown
    from inbox_tui.config_write import add_source
    from inbox_tui.secrets import NoKeyring, SecretError, store_secret

    values, take_back = dict(found.values), None
    try:
        try:
            if "key_env" not in values:
                take_back = store_secret(found.name, found.secret)
        except NoKeyring:
            values["key_env"] = _variable(found.name, yes=yes)
        add_source(found.file, found.name, values)
    except BaseException as error:
        if take_back is not None:
            try:
                take_back()
            except SecretError as stuck:
                sentence = f"{error} The key of {found.name} is still in the system keyring."
                raise Failure(sentence) from stuck
        raise
    variable = values.get("key_env")
    where = f"its key in ${variable}" if variable else "its key in the system keyring"
    click.echo(f"{shown(found.file)} has the source {found.name} now, {where}.")
    if variable and os.environ.get(variable) != found.secret.reveal():
        click.echo(f"Set {variable} to the key before you start inbox-tui; it was stored nowhere.")
    click.echo("`inbox-tui` opens the inbox, `inbox-tui sync` reads the submissions.")


def _variable(name: str, *, yes: bool) -> str:
    """The environment variable that will hold the key where there is no keyring."""
    suggested = re.sub(r"[^A-Z0-9]", "_", f"{name}_KEY".upper())
    if suggested[0].isdigit():
        suggested = f"_{suggested}"
    click.echo("There is no system keyring here, so an environment variable has to hold the key.", err=True)
    if yes:
        return suggested

    def checked(value: str) -> str:
        if not _VARIABLE.fullmatch(value):
            raise click.BadParameter("That is not the name of an environment variable.")
        return value

    answer: str = _answer(
        "question for the variable",
        lambda: click.prompt("Name of the variable", default=suggested, value_proc=checked, err=True),
    )
    return answer
