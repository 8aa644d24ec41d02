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
