"""`lightwing bench all`: every figure of docs/benchmarks.md with one command, and that page."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from lightwing.bench.goals import BenchResult, machine

__all__ = ["OPEN_CHAIN", "Figure", "figures", "page", "together"]

OPEN_CHAIN = "Qwen2.5-3B=3,Qwen2.5-7B=7,Qwen2.5-14B=14,Qwen2.5-32B=32"
"""The open chain of the replay, with the prices in billions of parameters."""

_GOLD = Path(__file__).parent / "gold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One benchmark run of the page: what it is about, the command that repeats it (from the repository's root), and how to run it here."""

    about: str
    command: str
    run: Callable[[], BenchResult]


def figures(data: Path) -> Iterator[Figure]:
    """The runs of the page in order. `data` is the folder of the public data sets (see `docs/benchmarks.md`); what it lacks is left out."""
    yield from _compile(data)
    yield from _documents(data)
    yield from _checks(data)
    yield from _replay(data)
    yield from _repair()
    yield from _decoders()
    yield from _judges(data)
    yield from _embedded()


def _compile(data: Path) -> Iterator[Figure]:
    from lightwing.bench.compile import Format, Half, run

    def one(about: str, path: Path, shown: str, format: Format = "mifeval", half: Half = "all") -> Iterator[Figure]:
        if path.is_file():
            flags = (f" --format {format}" if format != "mifeval" else "") + (
                f" --half {half}" if half != "all" else ""
            )
            command = f"lightwing bench compile --prompts {shown}{flags}"
            yield Figure(about=about, command=command, run=lambda: run(path, format=format, half=half))

    for code, name in (("en", "English"), ("es", "Spanish")):
        path, shown = data / f"mifeval/prompts-{code}.jsonl.gz", f"DATA/mifeval/prompts-{code}.jsonl.gz"
        yield from one(f"{name} prompts, all", path, shown)
        yield from one(f"{name} prompts, the half that was never looked at", path, shown, half="held")
    for code, name in (("en", "English"), ("zh", "Chinese")):
        path, shown = _GOLD / f"paraphrases-{code}.jsonl", f"lightwing/bench/gold/paraphrases-{code}.jsonl"
        yield from one(f"{name} paraphrases, all", path, shown, "paraphrases")
        yield from one(f"{name} paraphrases, the half that was never looked at", path, shown, "paraphrases", "held")
    for code, name in (("fr", "French"), ("ja", "Japanese")):
        path, shown = _GOLD / f"paraphrases-{code}.jsonl", f"lightwing/bench/gold/paraphrases-{code}.jsonl"
        yield from one(f"{name} prompts, written by authors who had not seen the lexicon", path, shown)
    for code, name in (("en", "English"), ("zh", "Chinese"), ("es", "Spanish"), ("fr", "French"), ("ja", "Japanese")):
        path, shown = _GOLD / f"fresh-{code}.jsonl", f"lightwing/bench/gold/fresh-{code}.jsonl"
        yield from one(
            f"{name}, fresh prompts by other authors, never shown to a writer of grammar", path, shown, "paraphrases"
        )
    yield from one(
        "muldimif, gold by reading", data / "muldimif/test.jsonl.gz", "DATA/muldimif/test.jsonl.gz", "muldimif"
    )


def _documents(data: Path) -> Iterator[Figure]:
    from lightwing.bench import documents, taubench

    if (data / "custom_assistants").is_dir():
        yield Figure(
            about="Instruction documents",
            command="lightwing bench documents --data DATA",
            run=lambda: documents.run(data),
        )
    if (data / "taubench").is_dir():
        yield Figure(
            about="An airline's rules over 200 recorded trials",
            command="lightwing bench taubench --data DATA/taubench",
            run=lambda: taubench.run(data / "taubench"),
        )


def _checks(data: Path) -> Iterator[Figure]:
    from lightwing.bench.checks import run
    from lightwing.bench.reference import installed
    from lightwing.checks import Profile

    profiles: Sequence[Profile] = ("ifeval", "default")
    for code in ("en", "es"):
        prompts, outputs = data / f"mifeval/prompts-{code}.jsonl.gz", data / f"mifeval/outputs-{code}.jsonl.gz"
        timed = code == "en" and installed()
        for profile in profiles if prompts.is_file() else ():
            yield Figure(
                about=f"Checks against recorded verdicts, {code}, profile {profile}",
                command=f"lightwing bench checks --prompts DATA/mifeval/{prompts.name} --outputs DATA/mifeval/{outputs.name} --profile {profile}"
                + " --reference" * timed,
                run=lambda p=prompts, o=outputs, profile=profile, timed=timed: run(  # type: ignore[misc]
                    p, o, profile=profile, reference=timed
                ),
            )


def _replay(data: Path) -> Iterator[Figure]:
    from lightwing.bench.replay import parse_cascade, run

    prompts, outputs = data / "mifeval/prompts-en.jsonl.gz", data / "mifeval/outputs-en.jsonl.gz"
    files = f"--prompts DATA/mifeval/{prompts.name} --outputs DATA/mifeval/{outputs.name}"
    for flags, profile, fix in (
        ("", "ifeval", False),
        (" --fix", "ifeval", True),
        (" --profile default", "default", False),
    ):
        if prompts.is_file():
            yield Figure(
                about="Replay of the open chain"
                + {"": "", " --fix": ", with fixes"}.get(flags, ", default definitions"),
                command=f"lightwing bench replay {files} --cascade {OPEN_CHAIN}{flags}",
                run=lambda profile=profile, fix=fix: run(  # type: ignore[misc]
                    prompts=prompts, outputs=outputs, cascade=parse_cascade(OPEN_CHAIN), profile=profile, fix=fix
                ),
            )
    if prompts.is_file():
        yield from _at_target(prompts, outputs, files)


_DECODED = (
    ("Decoders, where code decides all", "independent"),
    ("Decoders, with a dear rung above", "dear rung"),
    ("Decoders, where the judge lies", "judge 0.1 / 0.05"),
)
"""A part of the worlds of `bench decoders`, and a quarter of its cases, so that the page is made in minutes."""
_DECODED_CASES, _DRAWS, _SPLITS = 5000, 20, 50


def _at_target(prompts: Path, outputs: Path, files: str) -> Iterator[Figure]:
    from lightwing.bench.replay import parse_cascade
    from lightwing.bench.replay_target import run

    targets = (0.02, 0.03, 0.05, 0.1)
    shown = ",".join(f"{100 * t:g}%" for t in targets)
    yield Figure(
        about="Replay of the open chain at an asked error rate",
        command=f"lightwing bench replay {files} --cascade {OPEN_CHAIN} --target-error {shown} --splits {_SPLITS}",
        run=lambda: run(
            prompts=prompts, outputs=outputs, cascade=parse_cascade(OPEN_CHAIN), targets=targets, splits=_SPLITS
        ),
    )


def _decoders() -> Iterator[Figure]:
    from lightwing.bench import recombine
    from lightwing.bench.decoders import CELLS, run

    for about, only in _DECODED:
        cells = [cell for cell in CELLS if only in cell.name]
        yield Figure(
            about=about,
            command=f'lightwing bench decoders --only "{only}" --cases {_DECODED_CASES}',
            run=lambda cells=cells: run(cells=cells, cases=_DECODED_CASES),  # type: ignore[misc]
        )
    yield Figure(about="Joining the good parts of drafts", command="lightwing bench recombine", run=recombine.run)


def _judges(data: Path) -> Iterator[Figure]:
    from lightwing.bench.judges import run

    if (data / "llmbar").is_dir():
        yield Figure(
            about="Judges combined, with and without labels",
            command=f"lightwing bench judges --data DATA/llmbar --draws {_DRAWS}",
            run=lambda: run(data / "llmbar", draws=_DRAWS),
        )


def _embedded() -> Iterator[Figure]:
    from lightwing.bench import embedded

    if all(find_spec(package) for package in ("ctranslate2", "tokenizers", "safetensors")):
        yield Figure(about="The embedded model", command="lightwing bench embedded", run=embedded.run)


def _repair() -> Iterator[Figure]:
    from lightwing.bench.repair import run

    yield Figure(about="The loop on the simulated model", command="lightwing bench repair", run=lambda: run())


def together(results: Sequence[tuple[Figure, BenchResult]], *, command: str) -> BenchResult:
    """All runs as one: a cell for each run, and every goal under the name of its run."""
    return BenchResult(
        bench="all",
        command=command,
        seconds=sum(result.seconds for _, result in results),
        cells=[
            {
                "run": figure.about,
                "command": figure.command,
                "goals met": f"{sum(goal.met for goal in result.goals)} of {len(result.goals)}",
                "seconds": round(result.seconds, 1),
            }
            for figure, result in results
        ],
        goals=[
            replace(goal, name=f"{figure.about}: {goal.name}") for figure, result in results for goal in result.goals
        ],
        seeds=sorted({seed for _, result in results for seed in result.seeds}),
    )


def page(results: Sequence[tuple[Figure, BenchResult]], *, today: datetime.date) -> str:
    """The Markdown page of the figures: for each run its command, its cells, its goals (missed ones in bold), its notes."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `lightwing bench all --data DATA --write docs/benchmarks.md`; edit the code, not this page. DATA is a folder with the public sets in",
        "subfolders of their names (mifeval, muldimif, custom_assistants, taubench, llmbar); none of it is part of Lightwing. What falls short, and why, is in",
        "[log.md](log.md). Seconds are noise on a shared machine.",
        "",
        f"{today.isoformat()}, {machine()}.",
        "",
        "| run | goal | asked | value | 95 % interval | n | met |",
        "|---|---|---|---|---|---|---|",
    ]
    for figure, result in results:
        for goal in result.goals:
            interval = "" if goal.low is None or goal.high is None else f"{_short(goal.low)} to {_short(goal.high)}"
            met = "yes" if goal.met else "**no**"
            n = "" if goal.n is None else str(goal.n)
            row = [figure.about, goal.name, f"{goal.op} {_short(goal.goal)}", _short(goal.value), interval, n, met]
            lines.append(f"| {' | '.join(row)} |")
    for figure, result in results:
        lines += ["", f"## {figure.about}", "", f"`{figure.command}`", "", *_tables(result), *_notes(result)]
    return "\n".join(lines) + "\n"


def _tables(result: BenchResult) -> Iterator[str]:
    columns: tuple[str, ...] = ()
    for cell in result.cells:
        if tuple(cell) != columns:
            if columns:
                yield ""
            columns = tuple(cell)
            yield f"| {' | '.join(columns)} |"
            yield "|" + "---|" * len(columns)
        yield f"| {' | '.join(_short(value) for value in cell.values())} |"


def _notes(result: BenchResult) -> Iterator[str]:
    for note in result.notes:
        yield ""
        yield note


def _short(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) < 1000 else f"{value:.0f}"
    return str(value).replace("|", "\\|").replace("\n", " ")
