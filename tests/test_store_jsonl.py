"""The trace file: one writer, nothing lost by a kill or a full disk, torn ends read over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lightwing.core.case import Case
from lightwing.core.errors import StoreError
from lightwing.core.outcome import Status
from lightwing.core.trace import Trace
from lightwing.store import JsonlTraces, case_key, encode_trace, read_traces, task_of


def trace(number: int, *, error: str = "", decoder: str = "first", spec: str = "s") -> Trace:
    return Trace(
        case=Case.ask(f"Question {number}", id=f"c{number}"),
        spec=spec,
        decoder=decoder,
        models=("m",),
        status=Status.ABSTAINED if error else Status.CHECKED,
        delivered=None,
        started=float(number),
        error=error,
    )


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    program = textwrap.dedent("""
        import sys
        from lightwing.core.case import Case
        from lightwing.core.outcome import Status
        from lightwing.core.trace import Trace
        from lightwing.core.errors import StoreError
        from lightwing.store import JsonlTraces, TraceStore
        def trace(n, size=0):
            return Trace(case=Case.ask("x" * size, id=f"c{n}"), spec="s", decoder="first", models=("m",),
                         status=Status.CHECKED, delivered=None)
    """) + textwrap.dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_what_was_added_is_there_and_found_after_opening_again(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with JsonlTraces(path) as file:
        for number in range(3):
            file.add(trace(number))
        assert file.find(trace(1).case) is not None
    assert not path.with_name("t.jsonl.lock").exists()
    with JsonlTraces(path) as file:
        assert (file.torn, file.cases_done()) == (0, {case_key(trace(n).case) for n in range(3)})
        found = file.find(trace(2).case)
        assert found is not None
        assert found.started == 2.0
        assert file.find(trace(3).case) is None
        file.add(trace(3))
    assert [t.case.id for t in read_traces(path)] == ["c0", "c1", "c2", "c3"]


def test_a_case_that_ended_in_an_error_is_to_be_run_again(tmp_path: Path) -> None:
    with JsonlTraces(tmp_path / "t.jsonl") as file:
        file.add(trace(1, error="ModelTimeout"))
        assert file.find(trace(1).case) is None
        assert file.cases_done() == set()
        file.add(trace(1))
        assert file.find(trace(1).case) is not None


def test_tasks_and_filters(tmp_path: Path) -> None:
    one, two = trace(1), trace(1, decoder="repair-best")
    with JsonlTraces(tmp_path / "t.jsonl") as file:
        file.add(one)
        assert file.find(one.case, task=task_of(two)) is None
        file.add(two)
        file.add(trace(5, spec="other"))
        assert file.cases_done(task_of(two)) == {case_key(two.case)}
        assert [t.decoder for t in file.traces(task=task_of(two))] == ["repair-best"]
        assert [t.spec for t in file.traces(since=4.0)] == ["other"]
        assert [t.spec for t in file.traces(spec="s", status=Status.CHECKED)] == ["s", "s"]
        assert not list(file.traces(status=Status.VERIFIED))


@pytest.mark.parametrize("keep", [1, 12, -2])
def test_a_torn_last_line_is_cut_off_and_reported(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "t.jsonl"
    whole = encode_trace(trace(1)) + b"\n"
    torn = whole[:keep]
    path.write_bytes(whole + torn)
    assert [t.case.id for t in read_traces(path)] == ["c1"]
    with JsonlTraces(path) as file:
        assert file.torn == len(torn)
        file.add(trace(2))
    assert [t.case.id for t in read_traces(path)] == ["c1", "c2"]


def test_a_file_with_nothing_but_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b'{"sch')
    with JsonlTraces(path) as file:
        assert file.torn == 5
        file.add(trace(1))
    assert len(list(read_traces(path))) == 1


def test_a_file_of_something_else_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("My notes without a line's end")
    with pytest.raises(StoreError, match="no trace file"):
        JsonlTraces(path)
    assert path.read_text() == "My notes without a line's end"
    assert not path.with_name("notes.txt.lock").exists()


def test_a_broken_line_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    line = encode_trace(trace(1)) + b"\n"
    path.write_bytes(line + b"{broken}\n" + line)
    with pytest.raises(StoreError, match=r"line 2: This is no trace"):
        list(read_traces(path))


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        JsonlTraces(tmp_path / "none" / "t.jsonl")
    with pytest.raises(StoreError, match="No such file"):
        list(read_traces(tmp_path / "t.jsonl"))


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_to_the_file_is_the_file(tmp_path: Path, link: Callable[[Path, Path], None]) -> None:
    with JsonlTraces(tmp_path / "t.jsonl") as traces:
        link(tmp_path / "t.jsonl", tmp_path / "other.jsonl")
        with pytest.raises(StoreError, match="Another writer"):
            JsonlTraces(tmp_path / "other.jsonl")
        traces.add(trace(1))
    with JsonlTraces(tmp_path / "other.jsonl") as traces:
        assert traces.find(trace(1).case) is not None


def test_a_device_is_no_file_of_traces() -> None:
    with pytest.raises(StoreError, match="no file that can be appended to"):
        JsonlTraces(os.devnull)


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with JsonlTraces(path):
        with pytest.raises(StoreError, match=rf"Another writer .*process {os.getpid()}\)"):
            JsonlTraces(path)
        other = python("try: JsonlTraces(sys.argv[1])\nexcept StoreError as e: print(e)", str(path))
        assert f"process {os.getpid()})" in other.communicate(timeout=30)[0]
    JsonlTraces(path).close()


def test_nothing_that_was_added_is_lost_by_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    writer = python(
        """
        file = JsonlTraces(sys.argv[1])
        for n in range(1_000_000):
            file.add(trace(n, 20_000))
            print(n, flush=True)
        """,
        str(path),
    )
    assert writer.stdout is not None
    last = -1
    until = time.monotonic() + 20
    while last < 50 and time.monotonic() < until:
        last = int(writer.stdout.readline())
    writer.send_signal(signal.SIGKILL)
    for line in writer.communicate(timeout=10)[0].splitlines(keepends=True):
        if line.endswith("\n"):
            last = int(line)
    with JsonlTraces(path) as file:
        done = [t.case.id for t in file.traces()]
        assert last >= 50
        assert done[: last + 1] == [f"c{n}" for n in range(last + 1)]
        file.add(trace(len(done)))
    assert len(list(read_traces(path))) == len(done) + 1


def test_a_full_disk_keeps_what_was_added_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    writer = python(
        """
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        file = JsonlTraces(sys.argv[1])
        try:
            for n in range(1000):
                file.add(trace(n, 3000))
        except StoreError as error:
            print(n, error)
        file.close()
        """,
        str(path),
    )
    out, err = writer.communicate(timeout=30)
    kept = int(out.split()[0])
    assert err == ""
    assert f"{kept} cases are kept" in out
    assert "Make room" in out
    assert path.read_bytes().endswith(b"\n")
    assert [t.case.id for t in read_traces(path)] == [f"c{n}" for n in range(kept)]
    with JsonlTraces(path) as file:
        assert file.torn == 0
        file.add(trace(kept))


def test_a_last_line_that_only_lacks_its_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(encode_trace(trace(1)) + b"\n" + encode_trace(trace(2)))
    with JsonlTraces(path) as file:
        assert (file.torn, len(file.cases_done())) == (0, 2)
        file.add(trace(3))
    assert [t.case.id for t in read_traces(path)] == ["c1", "c2", "c3"]


def test_a_file_of_something_else_without_a_line_end_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_bytes(b'{"schema": 1, "clauses": []}')
    with pytest.raises(StoreError, match="no trace"):
        JsonlTraces(path)
    assert path.read_bytes() == b'{"schema": 1, "clauses": []}'
