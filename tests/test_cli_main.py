"""The program itself: start, refusals, exit codes, the shell around it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from cli_tools import Ran, process

from lightwing.cli import check
from lightwing.cli.main import main

VERBS = ("compile", "check", "checks", "run", "batch", "init", "doctor", "bench")


def test_help_names_every_verb(cli: Callable[..., Ran]) -> None:
    ran = cli("--help")
    assert ran.code == 0
    assert all(f"    {verb} " in ran.out for verb in VERBS)
    for verb in VERBS:
        shown = cli(verb, "--help")
        assert shown.code == 0
        assert verb == "bench" or "--json" in shown.out


def test_without_a_verb_it_explains_itself_on_stderr(cli: Callable[..., Ran]) -> None:
    ran = cli()
    assert (ran.code, ran.out) == (2, "")
    assert "VERB" in ran.err


def test_version(cli: Callable[..., Ran]) -> None:
    assert cli("--version").out.strip() == version("lightwing")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["chek", "a", "b"], "Did you mean check?"),
        (["run", "--modle", "x"], "Did you mean --model?"),
        (["run", "--bud", "3"], "'--bud' is not understood"),
        (["batch", "--concurrency", "0"], "at least 1"),
        (["run", "--temperature", "hot"], "--temperature"),
        (["bench"], "BENCH"),
        (["bench", "repair", "--task", "3"], "Did you mean --tasks?"),
    ],
)
def test_a_wrong_line_is_refused_with_what_was_meant(cli: Callable[..., Ran], argv: list[str], said: str) -> None:
    ran = cli(*argv)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_help_starts_without_the_heavy_libraries() -> None:
    code = "import sys; from lightwing.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"numpy", "aiohttp", "re2", "jsonschema", "ruamel.yaml", "markdown_it", "rich.console"}
    assert "lightwing.cli.run" in loaded
    assert not heavy & set(loaded)


def test_a_bug_of_ours_is_shown_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(check, "emit_json", broken)
    with pytest.raises(ZeroDivisionError):
        main(["checks", "--json"])


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    command = f"{sys.executable} -m lightwing checks --json | head -c 5"
    ran = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert len(ran.stdout) == 5
    assert ran.stderr == ""


def test_a_name_of_a_check_that_is_not_there_has_its_near_match(cli: Callable[..., Ran]) -> None:
    ran = cli("checks", "cuont")
    assert ran.code == 2
    assert "'count'" in ran.err


def test_checks_are_listed_with_their_arguments(cli: Callable[..., Ran]) -> None:
    assert "[max]" in cli("checks").out
    assert cli("checks", "--json").json["count"]["properties"]["max"]
    assert cli("checks", "count").json["arguments"]["required"] == ["of"]


def test_a_process_of_its_own_gives_the_same(tmp_path: Path) -> None:
    ran = process("checks", "count", cwd=tmp_path)
    assert ran.code == 0
    assert ran.json["name"] == "count"
