"""`lightwing doctor`: what works, what to do, and never a key on the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cli_tools import Ran, endpoint

Cli = Callable[..., Ran]


def configure(folder: Path, text: str) -> None:
    (folder / "lightwing.yaml").write_text(text, encoding="utf-8")


def finding(ran: Ran, what: str) -> dict[str, str]:
    found: dict[str, str] = next(f for f in ran.json["findings"] if f["what"] == what)
    return found


def test_without_a_configuration_nothing_fails(cli: Cli) -> None:
    ran = cli("doctor", "--json")
    assert (ran.code, ran.json["ok"]) == (0, True)
    assert "lightwing init" in finding(ran, "configuration")["advice"]
    assert finding(ran, "Python")["state"] == "ok"


def test_a_working_endpoint_is_reached_and_the_key_is_not_shown(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_KEY", "sk-very-secret")
    with endpoint(models=["m"]) as (url, asked):
        configure(
            tmp_path,
            f"models: {{a: {{model: m, base_url: '{url}', key_env: TEST_KEY, price: {{per_call: 1}}}}}}\nrun: {{model: a}}\n",
        )
        ran = cli("doctor", "--json")
        table = cli("doctor")
    assert asked[0] == {"path": "/v1/models", "authorization": "Bearer sk-very-secret"}
    assert ran.code == 0
    assert finding(ran, "model a: endpoint")["state"] == "ok"
    assert "TEST_KEY is set" in finding(ran, "model a: key")["found"]
    assert "sk-very-secret" not in ran.out + ran.err + table.out + table.err


def test_a_name_that_the_endpoint_does_not_list_is_noted(cli: Cli, tmp_path: Path) -> None:
    with endpoint(models=["other"]) as (url, _):
        configure(tmp_path, f"models: {{a: {{model: m, base_url: '{url}'}}}}\n")
        ran = cli("doctor", "--json")
    assert ran.code == 0
    assert "other" in finding(ran, "model a: endpoint")["advice"]
    assert finding(ran, "model a: price")["found"] == "unknown"


@pytest.mark.parametrize(("status", "said"), [(401, "the key is refused"), (503, "503")])
def test_an_endpoint_that_refuses_fails(cli: Cli, tmp_path: Path, status: int, said: str) -> None:
    with endpoint(status=status) as (url, _):
        configure(tmp_path, f"models: {{a: {{model: m, base_url: '{url}'}}}}\n")
        ran = cli("doctor", "--json")
    assert ran.code == 1
    assert said in finding(ran, "model a: endpoint")["found"]


def test_an_endpoint_that_is_not_there_fails_and_offline_does_not_ask(cli: Cli, tmp_path: Path) -> None:
    with endpoint() as (url, _):
        pass
    configure(tmp_path, f"models: {{a: {{model: m, base_url: '{url}'}}}}\n")
    ran = cli("doctor", "--json", "--timeout", "1")
    assert ran.code == 1
    assert "Is it running" in finding(ran, "model a: endpoint")["advice"]
    assert cli("doctor", "--offline").code == 0


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("modles: {}", "configuration"),
        ("run: {model: nobody}", "run: nobody"),
        ("run: {decoder: nothing}", "run: decoder"),
        ("models: {a: {model: m, provider: opnai}}", "model a"),
        ("models: {a: {model: m, key_env: NO_SUCH_KEY_HERE}}", "model a: key"),
        ("run: {store: no/such/folder/t.sqlite}", "store"),
    ],
)
def test_what_is_needed_and_does_not_work_fails_with_advice(cli: Cli, tmp_path: Path, text: str, what: str) -> None:
    configure(tmp_path, text)
    ran = cli("doctor", "--offline", "--json")
    assert ran.code == 1
    assert finding(ran, what)["state"] == "FAIL"


def test_a_store_is_opened_but_none_is_made(cli: Cli, tmp_path: Path) -> None:
    configure(tmp_path, "run: {store: t.sqlite}")
    assert cli("doctor").code == 0
    assert not (tmp_path / "t.sqlite").exists()
    (tmp_path / "t.sqlite").write_text("this is no database at all, only text", encoding="utf-8")
    assert cli("doctor").code == 1


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("{model: m, base_url: 'http://127.0.0.1:1/v1', options: {seeed: 1}}", "no option seeed"),
        ("{model: m, base_url: 'ftp://x'}", "no http address"),
        ("{provider: recorded, model: nosuch.jsonl}", "No such file"),
        ("{provider: scripted, model: nosuch.jsonl}", "No such file"),
    ],
)
def test_what_a_run_would_refuse_is_found_without_asking_anybody(
    cli: Cli, tmp_path: Path, model: str, says: str
) -> None:
    configure(tmp_path, f"models: {{a: {model}}}\nrun: {{model: a}}\n")
    ran = cli("doctor", "--offline", "--json")
    assert (ran.code, finding(ran, "model a")["state"]) == (1, "FAIL")
    assert says in finding(ran, "model a")["found"]
