"""`lightwing keys`: the secret is shown once, and what is given wrongly is refused in one line."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cli_tools import Ran
from store_tools import trace

from lightwing.core.errors import KeyRefused
from lightwing.serve.keys import Allowance, Key, Keys
from lightwing.serve.stored import StoredKeys
from lightwing.store import TraceStore

Cli = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIGHTWING_STORE", raising=False)


def opens(store: str, text: str) -> Key:
    with TraceStore(store) as kept:
        return asyncio.run(Keys(StoredKeys(kept)).of(text))


def test_a_key_is_printed_once_and_opens(cli: Cli) -> None:
    made = cli("keys", "add", "Ada", "--store", "t.sqlite")
    assert made.code == 0
    text = made.out.strip()
    assert re.fullmatch(r"lw_[0-9a-f]{12}_[\w-]{43}", text)
    secret = text.split("_", 2)[2]
    assert secret not in made.err
    assert opens("t.sqlite", text).name == "Ada"
    for again in (cli("keys", "ls", "--store", "t.sqlite"), cli("keys", "ls", "--json", "--store", "t.sqlite")):
        assert again.code == 0
        assert "Ada" in again.out
        assert secret not in again.out + again.err
    assert all(secret.encode() not in f.read_bytes() for f in Path().iterdir())


def test_limits_as_given(cli: Cli) -> None:
    made = cli(
        "keys", "add", "Ada", "--rpm", "60", "--tokens-per-day", "100000", "--price-per-day", "1.5", "--price-per-month", "20",
        "--concurrency", "4", "--assistant", "lightwing/support", "--assistant", "raw/small", "--json", "--store", "t.sqlite",
    )  # fmt: skip
    assert made.code == 0
    assert made.json["limits"] == {
        "requests_per_minute": 60,
        "tokens_per_day": 100_000,
        "price_per_day": 1.5,
        "price_per_month": 20.0,
        "concurrency": 4,
        "assistants": ["lightwing/support", "raw/small"],
    }
    assert opens("t.sqlite", made.json["key"]).allowance == Allowance(
        requests_per_minute=60,
        tokens_per_day=100_000,
        price_per_day=1.5,
        price_per_month=20.0,
        concurrency=4,
        assistants=("lightwing/support", "raw/small"),
    )
    listed = cli("keys", "ls", "--store", "t.sqlite").out
    assert "60 requests/min" in " ".join(listed.split())


def test_what_was_used_today_is_listed(cli: Cli) -> None:
    id = cli("keys", "add", "Ada", "--store", "t.sqlite", "--json").json["id"]
    with TraceStore("t.sqlite") as store:
        store.add(replace(trace(1), started=time.time()), owner=id)
        store.add(replace(trace(2), started=time.time() - 2 * 86_400), owner=id)
    (key,) = cli("keys", "ls", "--store", "t.sqlite", "--json").json["keys"]
    assert key["today"] == {"tokens": 16, "price": 0.75, "unpriced": 0}


def test_a_revoked_key_opens_nothing(cli: Cli) -> None:
    made = cli("keys", "add", "Ada", "--store", "t.sqlite", "--json").json
    ended = cli("keys", "revoke", made["id"], "--store", "t.sqlite", "--json")
    assert (ended.code, ended.json["revoked"] > 0) == (0, True)
    with pytest.raises(KeyRefused, match="revoked"):
        opens("t.sqlite", made["key"])
    again = cli("keys", "revoke", made["key"], "--store", "t.sqlite")
    assert (again.code, "before" in again.err) == (0, True)
    assert made["key"] not in again.err
    assert "revoked 2" in " ".join(cli("keys", "ls", "--store", "t.sqlite").out.split())


@pytest.mark.parametrize(
    "wrong",
    [
        ["add"],
        ["add", ""],
        ["add", "a\nb"],
        ["add", "x" * 300],
        ["add", "Ada", "--rpm", "0"],
        ["add", "Ada", "--rpm", "1.5"],
        ["add", "Ada", "--tokens-per-day", "-1"],
        ["add", "Ada", "--price-per-day", "nan"],
        ["add", "Ada", "--price-per-month", "inf"],
        ["add", "Ada", "--concurrency", "many"],
        ["add", "Ada", "--assistant", ""],
        ["revoke"],
        ["revoke", "0123456789ab"],
        ["revoke", "'; DROP TABLE keys"],
        [],
        ["rm"],
    ],
)
def test_what_cannot_be_used_is_refused(cli: Cli, wrong: list[str]) -> None:
    assert cli("keys", "add", "Bob", "--store", "t.sqlite").code == 0
    ran = cli("keys", *wrong, *(["--store", "t.sqlite"] if wrong else []))
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    with TraceStore("t.sqlite") as store:
        assert [k.name for k in StoredKeys(store).all()] == ["Bob"]


def test_without_a_store_it_says_where_to_name_one(cli: Cli) -> None:
    ran = cli("keys", "add", "Ada")
    assert ran.code == 2
    assert "--store" in ran.err
    assert "LIGHTWING_STORE" in ran.err


@pytest.mark.parametrize("job", [["ls"], ["revoke", "0123456789ab"]])
def test_looking_makes_no_store(cli: Cli, job: list[str]) -> None:
    ran = cli("keys", *job, "--store", "nowhere.sqlite")
    assert ran.code == 1
    assert "There is no store" in ran.err
    assert not Path("nowhere.sqlite").exists()


def test_a_file_of_another_kind(cli: Cli) -> None:
    Path("notes.txt").write_text("not a database, but quite long\n" * 50)
    ran = cli("keys", "add", "Ada", "--store", "notes.txt")
    assert (ran.code, ran.out) == (1, "")
    assert len(ran.err.strip().splitlines()) == 1


def test_the_environment_and_the_configuration_name_the_store(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("lightwing.yaml").write_text("run: {store: run.sqlite}\nserve: {store: serve.sqlite}\n")
    assert "serve.sqlite" in cli("keys", "add", "Ada").err
    monkeypatch.setenv("LIGHTWING_STORE", "environment.sqlite")
    assert "environment.sqlite" in cli("keys", "add", "Ada").err
    assert "given.sqlite" in cli("keys", "add", "Ada", "--store", "given.sqlite").err
    assert not Path("run.sqlite").exists()
    monkeypatch.delenv("LIGHTWING_STORE")
    Path("lightwing.yaml").write_text("run: {store: run.sqlite}\n")
    assert "run.sqlite" in cli("keys", "add", "Ada").err


def test_a_store_on_a_server_never_shows_its_password(cli: Cli) -> None:
    pytest.importorskip("psycopg")
    ran = cli("keys", "ls", "--store", f"postgresql://me:hidden-{os.getpid()}@127.0.0.1:1/keys")
    assert ran.code == 1
    assert f"hidden-{os.getpid()}" not in ran.out + ran.err


def test_json_is_one_object(cli: Cli) -> None:
    made = cli("keys", "add", "日本 Ada", "--store", "t.sqlite", "--json")
    assert json.loads(made.out)["name"] == "日本 Ada"
    assert len(made.out.splitlines()) == 1
