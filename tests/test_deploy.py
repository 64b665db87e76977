"""What `deploy/` says holds of the program: commands, options, names of metrics, time to stop."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from lightwing.cli import main as program
from lightwing.cli.config import ServeConfig

DEPLOY = Path(__file__).parents[1] / "deploy"
UNIT = (DEPLOY / "lightwing.service").read_text()
CONTAINER = (DEPLOY / "Containerfile").read_text()
README = (DEPLOY / "README.md").read_text()


def commands() -> list[list[str]]:
    """Every command line of our program in these files, without the program."""
    blocks = re.findall(r"^```\n(.*?)^```", README, re.M | re.S)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    found = [re.split(r"(?:^|[/\s])lightwing (?=keys |traces |serve )", line)[1:] for line in lines]
    unit = re.findall(r"^ExecStart=\S+ (.*)$", UNIT, re.M)
    container = re.search(r"^CMD \[(.*)\]$", CONTAINER, re.M)
    assert container is not None
    words = [shlex.split(each) for parts in found for each in parts] + [shlex.split(each) for each in unit]
    return [*words, re.findall(r'"([^"]*)"', container[1])]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_is_one_that_the_program_takes(words: list[str]) -> None:
    assert program._parse(words).verb == words[0]


def test_there_are_commands_to_look_at() -> None:
    assert {"keys", "traces", "serve"} <= {words[0] for words in commands()}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_the_unit_is_one(tmp_path: Path) -> None:
    """The program is not installed at its place here, so it is replaced by one that is."""
    unit = tmp_path / "lightwing.service"
    unit.write_text(UNIT.replace("/opt/lightwing/bin/lightwing", "/bin/true"))
    ran = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_unit_waits_until_what_is_under_way_has_ended() -> None:
    seconds = re.search(r"^TimeoutStopSec=(\d+)$", UNIT, re.M)
    assert seconds is not None
    assert int(seconds[1]) >= 2 * ServeConfig().stop_seconds + 5 + 5


def test_the_container_is_not_root_and_looks_after_its_health() -> None:
    users = re.findall(r"^USER (\d+)$", CONTAINER, re.M)
    assert users
    assert int(users[-1]) > 0
    assert CONTAINER.index("USER ") < CONTAINER.index("ENTRYPOINT")
    assert "/healthz" in CONTAINER.partition("HEALTHCHECK")[2]
    port = re.search(r"^EXPOSE (\d+)$", CONTAINER, re.M)
    assert port is not None
    assert f"127.0.0.1:{port[1]}/healthz" in CONTAINER
    for image in re.findall(r"^FROM (\S+)", CONTAINER, re.M):
        assert "/" not in image, "a short name: which registry it comes from is the operator's matter"


def test_what_the_container_copies_is_there() -> None:
    root = DEPLOY.parent
    for line in re.findall(r"^COPY (?!--from)(.*)$", CONTAINER, re.M):
        for name in line.split()[:-1]:
            assert (root / name).exists(), name


def test_the_metrics_that_are_explained_are_those_there_are() -> None:
    pytest.importorskip("prometheus_client")
    from lightwing.serve.metrics import Metrics

    shown = Metrics().text()[0].decode()
    there = {name for name in re.findall(r"^# TYPE (lightwing_\w+) ", shown, re.M) if not name.endswith("_created")}
    explained = set(re.findall(r"`(lightwing_\w+)", README))
    assert explained <= there
    assert there - explained <= {"lightwing_calls", "lightwing_judge_tokens_total"}


def test_settings_that_are_named_are_those_there_are() -> None:
    for name in set(re.findall(r"`serve\.(\w+)", README)):
        assert name in ServeConfig.__dataclass_fields__, name
