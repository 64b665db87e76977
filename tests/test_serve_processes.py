"""Starting and stopping a gateway: what is under way is finished or recorded, what dies is started again, nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="needs the extra serve")

from models_endpoint import Script, Step, completion, endpoint

from lightwing.store import TraceStore


@contextlib.contextmanager
def upstream(script: Script) -> Iterator[str]:
    """An endpoint in a thread of its own."""
    ready, end, url = threading.Event(), threading.Event(), list[str]()

    async def run() -> None:
        async with endpoint(script) as fake:
            url.append(fake.url)
            ready.set()
            await asyncio.to_thread(end.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(10)
    yield url[0]
    end.set()
    thread.join(10)


class Gateway:
    def __init__(self, folder: Path, url: str, **serve: object) -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        self.store = folder / "t.sqlite"
        more = "".join(f", {name}: {value}" for name, value in serve.items())
        (folder / "lightwing.yaml").write_text(
            f"models:\n  m: {{model: x, base_url: '{url}', options: {{timeouts: {{read: 100, call: 100}}}}}}\n"
            f"run: {{model: m}}\nserve: {{port: {self.port}, store: t.sqlite, pages: false, log_level: error{more}}}\n"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lightwing", "serve"],
            cwd=folder,
            stderr=subprocess.PIPE,
            env=dict(os.environ, PYTHONPATH=os.getcwd()),
        )

    def up(self) -> Gateway:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5),
            ):
                return self
            assert self.process.poll() is None, self.process.stderr.read()  # type: ignore[union-attr]
            time.sleep(0.1)
        raise AssertionError("it does not come up")

    def ask(self, text: str, model: str = "m") -> int:
        body = json.dumps(
            {"model": model, "messages": [{"role": "user", "content": f"{text}. Do not use commas."}]}
        ).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v1/chat/completions", body, {"content-type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def children(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def end(self, seconds: float = 40) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@contextlib.contextmanager
def gateway(folder: Path, url: str, **serve: object) -> Iterator[Gateway]:
    made = Gateway(folder, url, **serve)
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.end()
        assert made.process.stderr is not None
        made.process.stderr.close()


def kept(store: Path) -> list[str]:
    with TraceStore(store) as opened:
        return [trace.error for trace in opened.all()]


def test_what_is_under_way_is_finished_when_it_is_told_to_stop(tmp_path: Path) -> None:
    slow = Step(completion("Fine").body, hang=1.5)
    with upstream([slow]) as url, gateway(tmp_path, url) as served, ThreadPoolExecutor(10) as callers:
        served.up()
        asked = [callers.submit(served.ask, str(i)) for i in range(10)]
        time.sleep(0.8)
        assert served.end() == 0
        assert [each.result() for each in asked] == [200] * 10
        assert served.ask("too late") == 0
    assert kept(tmp_path / "t.sqlite") == [""] * 10


@pytest.mark.parametrize("model", ["m", "raw/m"])
def test_what_cannot_be_finished_is_recorded(tmp_path: Path, model: str) -> None:
    with upstream([Step(b"", hang=90)]) as url, gateway(tmp_path, url, stop_seconds=0.5) as served:
        served.up()
        with ThreadPoolExecutor(2) as callers:
            asked = callers.submit(served.ask, "for ever", model)
            time.sleep(1)
            started = time.monotonic()
            assert served.end() == 0
            assert time.monotonic() - started < 20
            assert asked.result() in (0, 500, 503)
    (error,) = kept(tmp_path / "t.sqlite")
    assert error.startswith("The gateway stopped")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_several_processes_share_a_port_and_a_store_and_one_that_dies_is_replaced(tmp_path: Path) -> None:
    with upstream([completion("Fine")]) as url, gateway(tmp_path, url, processes=2) as served:
        served.up()
        with ThreadPoolExecutor(8) as callers:
            assert list(callers.map(served.ask, map(str, range(20)))) == [200] * 20
            until = time.monotonic() + 30
            while len(first := served.children()) < 2 and time.monotonic() < until:
                time.sleep(0.1)
            os.kill(first[0], signal.SIGKILL)
            while len(now := served.children()) < 2 or first[0] in now:
                assert time.monotonic() < until
                time.sleep(0.1)
            assert list(callers.map(served.ask, map(str, range(20)))) == [200] * 20
        last = served.children()
        assert served.end() == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in last)
    assert len(kept(tmp_path / "t.sqlite")) == 40


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_processes_do_not_outlive_the_one_that_started_them(tmp_path: Path) -> None:
    with upstream([completion("Fine")]) as url, gateway(tmp_path, url, processes=2) as served:
        served.up()
        children = served.children()
        served.process.kill()
        served.process.wait()
        until = time.monotonic() + 30
        while any(
            Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]
            for pid in children
        ):
            assert time.monotonic() < until
            time.sleep(0.2)
        assert served.ask("x") == 0


def test_a_setting_that_cannot_be_used_ends_all_processes_with_its_message(tmp_path: Path) -> None:
    (tmp_path / "t.sqlite").write_text("no database")
    with gateway(tmp_path, "http://127.0.0.1:9/v1", processes=2) as served:
        assert served.process.wait(60) > 0
        said = served.process.stderr.read().decode()  # type: ignore[union-attr]
        served.process.stderr.close()  # type: ignore[union-attr]
    assert "t.sqlite" in said
    assert "Traceback" not in said
