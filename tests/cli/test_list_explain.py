import re


def test_explain_tells_the_one_spelling_and_what_each_term_finds_alone(synced):
    told = synced.json("list", "st:new", "p:high", "--explain", "--json")
    assert told["query"] == "status:new priority:high"
    alone = {term["term"]: term["rows"] for term in told["terms"]}
    assert alone == {
        "status:new": len(synced.json("list", "status:new", "--json")),
        "priority:high": len(synced.json("list", "priority:high", "--json")),
    }
    assert told["rows"] == len(synced.json("list", "st:new", "p:high", "--json"))
    assert told["warnings"] == []
    lines = synced("list", "st:new", "p:high", "--explain").stdout.splitlines()
    assert lines[0] == "status:new priority:high"
    assert lines[-1].split() == ["all", "together", str(told["rows"])]
    assert [line.split() for line in lines[1:-1]] == [[term, f"{rows:,}"] for term, rows in alone.items()]


def test_the_parts_of_a_group_stand_below_it_with_their_own_numbers(synced):
    query = ("p:high", "-(st:new", "OR", "st:read)", "st:new", "OR", "p:low")
    told = synced.json("list", *query, "--explain", "--json")["terms"]
    assert [one["term"] for one in told] == [
        "priority:high -(status:new OR status:read) status:new OR priority:low"
    ]
    first, last = told[0]["parts"]
    assert last == {"term": "priority:low", "rows": len(synced.json("list", "p:low", "--json")), "parts": []}
    assert [one["term"] for one in first["parts"][1]["parts"]] == ["status:new", "status:read"]
    lines = synced("list", *query, "--explain").stdout.splitlines()
    assert [re.split(r"  +[0-9]", line)[0] for line in lines[2:8]] == [
        "    priority:high -(status:new OR status:read) status:new",
        "      priority:high",
        "      -(status:new OR status:read)",
        "        status:new",
        "        status:read",
        "      status:new",
    ]
    assert len({len(line) for line in lines[1:]}) == 1


def test_without_a_query_everything_is_explained(synced):
    lines = synced("list", "--explain").stdout.splitlines()
    assert lines[0] == "(everything)"
    assert len(lines) == 2


def test_nothing_found_names_the_term_to_drop(synced):
    result = synced("list", "is:new", "zzzzzz")
    count = len(synced.json("list", "is:new", "--json"))
    assert result.exit_code == 0
    assert result.stderr == f"no submission matches. Without `zzzzzz` there would be {count}\n"
    assert synced("set", "--query", "is:new", "zzzzzz", "--flag").stderr == (
        f"no submission matches. Without `zzzzzz` there would be {count}. Nothing was changed.\n"
    )


def test_a_contradiction_is_a_warning_with_exit_0(synced):
    result = synced("list", "status:new", "status:read")
    assert result.exit_code == 0
    assert "a submission has one status. Write `status:new,read`" in result.stderr
