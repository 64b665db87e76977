"""`lightwing traces`: a store listed, shown, exported, labelled and pruned from the command line; every refusal in one line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cli_tools import SPEC, Ran, lines, script
from store_tools import PASSWORD, PostgresServer, trace

from lightwing.core.case import Answer
from lightwing.core.outcome import PASS, Status, fail
from lightwing.store import Redaction, TraceStore, read_traces

Cli = Callable[..., Ran]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TraceStore]:
    """Three traces in a file that the environment names."""
    monkeypatch.setenv("LIGHTWING_STORE", str(tmp_path / "t.sqlite"))
    with TraceStore(tmp_path / "t.sqlite") as made:
        made.add(trace(1, outcomes=(("k1", PASS), ("k2", fail("The word tea is missing."))), text="red \x1b[31m"))
        made.add(trace(2, status=Status.NOT_MET, spec="t", models=(("big", 0.5),)), owner="key-1")
        made.add(trace(3, error="ModelTimeout", started=90_000.0))
        yield made


def ids(ran: Ran) -> list[str]:
    assert ran.code == 0, ran.err
    return [row["case"] for row in ran.json["traces"]]


def test_a_list_newest_first_page_by_page(cli: Cli, store: TraceStore) -> None:
    first = cli("traces", "ls", "--json", "-n", "2")
    assert ids(first) == ["c3", "c2"]
    assert ids(cli("traces", "ls", "--json", "--before", str(first.json["next"]))) == ["c1"]
    table = cli("traces", "ls", "-n", "2")
    assert table.code == 0
    assert "1970-01-02 01:00" in table.out
    assert "ModelTimeout" in table.out
    assert "--before 2" in table.err


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--spec", "t"], ["c2"]),
        (["--status", "not_met"], ["c2"]),
        (["--model", "big"], ["c2"]),
        (["--case", "c1"], ["c1"]),
        (["--owner", "key-1"], ["c2"]),
        (["--owner", ""], ["c3", "c1"]),
        (["--since", "1970-01-02"], ["c3"]),
        (["--until", "1970-01-01T00:00:02Z"], ["c1"]),
        (["--since", "2d"], []),
        (["--failed"], ["c3"]),
        (["--labelled"], ["c1"]),
        (["--unlabelled", "--task", "none"], []),
    ],
)
def test_filters(cli: Cli, store: TraceStore, options: list[str], found: list[str]) -> None:
    store.label(store.rows().rows[-1].id, "k1", True)
    assert ids(cli("traces", "ls", "--json", *options)) == found


def test_one_trace_is_shown_and_nothing_in_it_is_obeyed(cli: Cli, store: TraceStore) -> None:
    id = store.rows().rows[-1].id
    store.label(id, "k1", False, who="ann")
    ran = cli("traces", "show", id[:9])
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert "red \\x1b[31m" in ran.out
    assert "k2 fails: The word tea is missing." in ran.out
    assert "a0: not met (ann)" in ran.out
    shown = cli("traces", "show", id, "--json").json
    assert (shown["id"], shown["trace"]["id"], shown["labelled"][0]["met"]) == (id, id, False)


def test_a_label_is_kept_and_taken_back(cli: Cli, store: TraceStore) -> None:
    id = store.rows().rows[-1].id
    assert cli("traces", "label", id, "k1", "not-met", "--who", "ann").code == 0
    assert cli("traces", "label", id, "k2", "met", "--json").json["met"] is True
    assert [(x.clause, x.met) for x in store.labels()] == [("k1", False), ("k2", True)]
    assert cli("traces", "label", id, "k1", "take-back").code == 0
    assert [x.clause for x in store.labels()] == ["k2"]


def test_export(cli: Cli, store: TraceStore, tmp_path: Path) -> None:
    assert cli("traces", "export", "-o", "out.jsonl", "--spec", "s").code == 0
    assert [t.case.id for t in read_traces(tmp_path / "out.jsonl")] == ["c1", "c3"]
    assert cli("traces", "export", "-o", "out.jsonl").code == 2
    assert cli("traces", "export", "-o", "out.jsonl", "--force", "--json").json["traces"] == 3
    pytest.importorskip("pyarrow")
    assert cli("traces", "export", "-o", "out.parquet", "--json").json["format"] == "parquet"


def test_prune_counts_first_and_keeps_what_was_labelled(cli: Cli, store: TraceStore) -> None:
    store.label(store.rows().rows[-1].id, "k1", True)
    prune = ("traces", "prune", "--before", "1970-01-02")
    assert cli(*prune, "--dry-run", "--json").json["removed"] == 1
    assert store.count() == 3
    assert cli(*prune, "--json").json == {"store": store.path, "dry_run": False, "removed": 1, "left": 2}
    assert "1 traces removed; 1 in the store" in cli(*prune, "--labelled-too").out


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["ls", "--store", "typo.sqlite"], 1, "There is no store"),
        (["ls", "--store", " "], 2, "name is empty"),
        (["ls", "--store", "mysql://me:hidden@host/db"], 2, "no store of the kind 'mysql'"),
        (["ls", "--store", "cases.jsonl"], 1, "not a database"),
        (["ls", "--spec", "nope"], 2, "There are: s, t"),
        (["ls", "--since", "yesterday"], 2, "a time such as"),
        (["ls", "-n", "0"], 2, "at least 1"),
        (["show", "zz"], 1, "There is no trace 'zz'"),
        (["show", ""], 1, "There is no trace ''"),
        (["label", "", "k1", "met"], 1, "There is no trace"),
        (["export", "--json"], 2, "Give -o FILE"),
        (["export", "--format", "parquet"], 2, "Give -o FILE"),
        (["export", "-o", "t.sqlite", "--force"], 2, "the store itself"),
        (["export", "-o", "none/x.jsonl"], 1, "cannot be written"),
        (["prune"], 2, "--before"),
        ([], 2, "JOB"),
    ],
)
def test_refusals(cli: Cli, store: TraceStore, tmp_path: Path, given: list[str], code: int, said: str) -> None:
    (tmp_path / "cases.jsonl").write_text('{"id": "1"}\n' * 50)
    ran = cli("traces", *given)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert "hidden" not in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "typo.sqlite").exists()
    assert store.count() == 3


def test_without_a_store(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIGHTWING_STORE", raising=False)
    ran = cli("traces", "ls")
    assert (ran.code, "LIGHTWING_STORE" in ran.err) == (2, True)


def test_runs_add_to_a_server_and_labels_feed_calibrate(cli: Cli, postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.schema()
    (tmp_path / "s.spec.yaml").write_text(SPEC + "- id: c3\n  text: Be kind.\n")
    cases = lines(tmp_path / "c.jsonl", [{"id": f"t{i}", "input": f"Drink {i}?"} for i in range(3)])
    model = script(tmp_path / "m.jsonl", *(f"tea {i}" for i in range(20)))
    ran = cli("batch", "s.spec.yaml", cases, "-o", "t.jsonl", "--model", model, "--store", url)
    assert PASSWORD not in ran.out + ran.err
    found = cli("traces", "ls", "--store", url, "--json")
    assert sorted(ids(found)) == ["t0", "t1", "t2"]
    assert PASSWORD not in found.out + found.err
    assert "***" in found.json["store"]
    first = found.json["traces"][0]["id"]
    assert cli("traces", "label", first, "c3", "not-met", "--store", url).code == 0
    with TraceStore(url, redaction=Redaction(fields=("candidates.*.answer.text",))) as other:
        hidden = replace(other.get(first), id="", started=1.0)
        other.add(replace(hidden, candidates=tuple(replace(c, answer=Answer(text="x")) for c in hidden.candidates)))
    judge = script(tmp_path / "j.jsonl", *(json.dumps({"c3": "pass"}) for _ in range(50)))
    ran = cli("calibrate", "s.spec.yaml", "--cases", cases, "--model", model, "--judge", judge, "--store", url, "-o", "e.yaml", "--budget-calls", "6")  # fmt: skip
    assert "3 traces of this spec are used; 1 redacted ones are not" in ran.err
    assert "1 labels of the store are used" in ran.err
    assert PASSWORD not in ran.out + ran.err
