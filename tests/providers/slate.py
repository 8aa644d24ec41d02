"""A fifth provider, as small as one can be: a list of signatures on a slate, which nobody may change.

It is registered by its test alone, and nothing of the program knows its name.
"""

from cache.models import Container, Submission
from cache.sync.remote import BadAnswer, FetchedSubmission, Identity, NotFound, Page, QuarantinedItem, Refused
from inbox_tui.providers import capabilities
from inbox_tui.providers.http import AnswerTooBig, JsonClient, Wire
from inbox_tui.providers.items import BadItem, clean_item, parse_time
from inbox_tui.providers.people import find_contact
from inbox_tui.providers.wrapped import answers, identifier, unwrap, wrap

__all__ = ["PROVIDER", "decode", "open_remote"]

PROVIDER = "slate"
PAGE = 3


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


def open_remote(config, secret, *, clock, deadline, transport):
    wire = Wire(config.name, config.base_url or "https://slate.example", secret)
    return SlateRemote(config.name, JsonClient(wire, clock=clock, deadline=deadline, transport=transport))


class SlateRemote:
    provider = PROVIDER
    page_size = PAGE
    poll_floor = 30.0
    reads_one = False

    def __init__(self, source, client):
        self.source = source
        self._client = client

    @property
    def capabilities(self):
        return capabilities(PROVIDER)

    @property
    def budget(self):
        return self._client.budget

    async def identity(self):
        owner = (await self._get("/owner")).get("owner")
        if not isinstance(owner, str):
            raise BadAnswer("The answer does not say whose slate it is.")
        return Identity(account_id=owner, account_name=owner)

    async def page(self, *, cursor=None, open_only=False):
        listed = await self._get("/lines", {"from": cursor or "0"})
        items, quarantined = [], []
        for position, line in enumerate(listed["lines"]):
            try:
                raw = clean_item(line)
                form = {"id": "slate", "name": "The slate", "fields": [{"name": "email", "label": "E-mail"}]}
                submission = decode({"item": raw, "form": form}, self.source)
            except BadItem as bad:
                quarantined.append(QuarantinedItem(position, bad.reason, bad.id))
            else:
                items.append(FetchedSubmission(submission, wrap(raw, form)))
        return Page(tuple(items), tuple(quarantined), listed.get("next"))

    async def get(self, submission_id):
        raise NotFound("A slate is read as a whole.")

    async def patch(self, submission_id, changes):
        raise Refused("A slate cannot be changed.", status=405)

    async def events(self, submission_id):
        return ()

    async def members(self):
        return ()

    async def containers(self):
        return (Container(self.source, "slate", "The slate"),)

    async def aclose(self):
        await self._client.aclose()

    async def _get(self, path, params=None):
        try:
            answer = await self._client.get(path, params)
        except AnswerTooBig as too_big:
            raise too_big.error from too_big
        if not isinstance(answer, dict):
            raise BadAnswer("The answer is no object.")
        return answer
