import pytest


@pytest.fixture
def two(cli, server):
    """Two organisations, whose numbers both begin at 1."""
    cli.configure(server, sources={"acme": "awardee", "shop": "awardee.second"})
    assert cli("sync").exit_code == 0
    return cli


@pytest.mark.parametrize(
    "form", ["SUB-0007", "sub-7", "7", "#7", "acme:SUB-0007", "acme:7", "{id}", "acme:{id}"]
)
def test_a_submission_is_found_by_every_form_of_its_id(synced, form):
    wanted = synced.json("list", "SUB-0007", "--json")[0]
    assert synced.json("show", form.format(id=wanted["id"]), "--json")["id"] == wanted["id"]
    assert synced.json("show", wanted["id"][:10], "--json")["id"] == wanted["id"]


def test_an_id_that_is_not_there_is_exit_1(synced):
    result = synced("show", "99999")
    assert result.exit_code == 1
    assert 'No submission here is called "99999"' in result.stderr


def test_an_ambiguous_number_is_exit_2_and_names_what_to_type(two):
    result = two("show", "1")
    assert result.exit_code == 2
    ids = [two.json("show", f"{source}:1", "--json")["id"] for source in ("acme", "shop")]
    assert result.stderr == (
        f'inbox-tui: "1" may be 2 submissions: acme:SUB-0001 ({ids[0]}), shop:SUB-0001 ({ids[1]}).'
        " Type one of these, or more of the id.\n"
    )


def test_an_ambiguous_id_changes_nothing(two):
    assert two("set", "acme:2", "1", "--flag").exit_code == 2
    assert two.json("outbox", "list", "--json") == []


def test_the_text_has_answers_in_order_and_says_what_is_pending(synced):
    wanted = synced.json("show", "7", "--json")
    synced("set", "7", "--note", "line one\nline two", "--no-flag" if wanted["flagged"] else "--flag")
    text = synced("show", "7").stdout
    assert text.startswith("SUB-0007  acme")
    labels = [field["label"] for field in wanted["fields"]]
    positions = [text.index(f"  {label}:") for label in labels]
    assert positions == sorted(positions)
    assert "(not sent yet)" in text
    assert "\n  line one\n  line two\n" in text


def test_uploaded_files_are_shown_as_the_inbox_shows_them(cli, server):
    files = [{"url": "https://x.example/1.png", "filename": "写真.png", "size": 9}]
    answers = {
        "blk_a": {"type": "form_file", "label": "Pictures", "value": files, "order": 1},
        "blk_b": {"type": "form_text", "label": "Colours", "value": ["red", "blue"], "order": 2},
        "blk_c": {"type": "form_text", "label": "Empty", "value": [], "order": 3},
    }
    server.add_submission(data=answers)
    assert cli("sync").exit_code == 0
    newest = cli.json("list", "--limit", "1", "--json")[0]["id"]
    text = cli("show", newest).stdout
    assert (
        "  Pictures:\n    - 写真.png (size: 9)\n      https://x.example/1.png\n  Colours: red, blue\n" in text
    )
    assert "  Empty:\n" in text


def test_a_hostile_reference_is_not_echoed_as_it_is(synced):
    result = synced("show", "\x1b[2Jnothing")
    assert result.exit_code == 1
    assert "\x1b" not in result.output


def answers(email):
    return {
        "blk_e": {"type": "form_email", "label": "E-mail", "value": email, "order": 1},
        "blk_m": {"type": "form_text", "label": "Message", "value": "Two seats", "order": 2},
    }


def test_what_the_same_person_sent_before_is_told_with_the_last_outcome(cli, server):
    for status, email in (
        ("resolved", "zoe@same.example"),
        ("new", " ZOE@same.example"),
        ("new", "x@same.example"),
    ):
        server.add_submission(data=answers(email), status=status)
    assert cli("sync").exit_code == 0
    other, second, first = cli.json("list", "--limit", "3", "--json")
    assert cli.json("show", second["id"], "--json")["same_person"] == [{"source": "acme", "id": first["id"]}]
    assert (
        f"\n1 earlier by the same person, last: {first['ref']} resolved 20"
        in cli("show", second["id"]).stdout
    )
    assert f"\n1 later by the same person, last: {second['ref']} new 20" in cli("show", first["id"]).stdout
    assert cli.json("show", other["id"], "--json")["same_person"] == []
    assert "same person" not in cli("show", other["id"]).stdout


@pytest.mark.slow
def test_the_same_person_is_found_over_sources_with_edits_laid_over(cli, server):
    server.add_submission(org="acme", data=answers("zoe@same.example"))
    server.add_submission(org="globex", data=answers("zoe@same.example"))
    cli.configure(server, sources={"acme": "awardee", "shop": "awardee.second"})
    assert cli("sync").exit_code == 0
    mine = cli.json("list", "source:acme", "--limit", "1", "--json")[0]
    theirs = cli.json("list", "source:shop", "--limit", "1", "--json")[0]
    assert cli("set", f"shop:{theirs['id']}", "--status", "spam").exit_code == 0
    assert f"by the same person, last: shop:{theirs['ref']} spam 20" in cli("show", mine["id"]).stdout
