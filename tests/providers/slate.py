"""A fifth provider, as small as one can be: a list of signatures on a slate, which nobody may change.

It is registered by its test alone, and nothing of the program knows its name.
"""

from cache.models import Container, Submission
from cache.sync.remote import BadAnswer, FetchedSubmission, Identity, NotFound
from inbox_tui.providers import Endpoint
from inbox_tui.providers.items import BadItem, clean_item, parse_time
from inbox_tui.providers.people import find_contact
from inbox_tui.providers.remotes import SourceRemote, read_page
from inbox_tui.providers.wrapped import answers, identifier, unwrap, wrap

__all__ = ["ENDPOINT", "PROVIDER", "decode", "open_remote"]

PROVIDER = "slate"
ENDPOINT = Endpoint("https://slate.example")
PAGE = 3
FORM = {"id": "slate", "name": "The slate", "fields": [{"name": "email", "label": "E-mail"}]}


def decode(raw, source):
    item, form = unwrap(raw)
    found = identifier(item)
    written = parse_time(item.get("written"))
    if written is None:
        raise BadItem("unreadable written", found)
    fields = answers(item.get("says"), form)
    return Submission(
        source=source,
        provider=PROVIDER,
        id=found,
        created_at=written,
        container_id=form.get("id"),
        container_name=form.get("name"),
        fields=fields,
        contact=find_contact(fields),
    )


def open_remote(config, client, clock):
    return SlateRemote(config.name, client)


class SlateRemote(SourceRemote):
    provider = PROVIDER
    page_size = PAGE
    poll_floor = 30.0
    reads_one = False

    async def identity(self):
        owner = (await self._get("/owner")).get("owner")
        if not isinstance(owner, str):
            raise BadAnswer("The answer does not say whose slate it is.")
        return Identity(account_id=owner, account_name=owner)

    async def page(self, *, cursor=None, open_only=False):
        listed = await self._get("/lines", {"from": cursor or "0"})
        return read_page(listed["lines"], self._fetched, listed.get("next"))

    async def get(self, submission_id):
        raise NotFound("A slate is read as a whole.")

    async def containers(self):
        return (Container(self.source, FORM["id"], FORM["name"]),)

    def _fetched(self, line):
        raw = clean_item(line)
        return FetchedSubmission(decode({"item": raw, "form": FORM}, self.source), wrap(raw, FORM))

    async def _get(self, path, params=None):
        answer = await self._client.get(path, params)
        if not isinstance(answer, dict):
            raise BadAnswer("The answer is no object.")
        return answer
