"""`lightwing bench embedded`: what the embedded model can do on requests it never saw, alone and under correction, and how fast.

Requests come from the text grammar (`lightwing.train.world`) but from the part that training leaves out. The base rate of a wish is how often an unrelated
text of the grammar happens to fulfil it: a rate without it tells nothing.
"""

from __future__ import annotations

import asyncio
import importlib
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lightwing.bench.goals import BenchResult, Goal
from lightwing.core.case import Case
from lightwing.core.clause import ANSWER, Clause, DocumentRef, Spec
from lightwing.core.decision import Budget
from lightwing.core.episodes import asked, assembled, read_asked
from lightwing.core.ids import text_id
from lightwing.core.outcome import Status
from lightwing.core.statistics import Rate, mean_interval
from lightwing.decode import decoder
from lightwing.models.embedded import EmbeddedModel
from lightwing.models.embedded.engine import PACKAGED, Engine
from lightwing.models.embedded.reading import readings
from lightwing.run import Runner
from lightwing.spec.bind import bind
from lightwing.train.world.episodes import Request, a_request, broken, outcome
from lightwing.train.world.phrasings import HELD_PHRASINGS
from lightwing.train.world.texts import Text
from lightwing.train.world.wishes import KINDS_OF_WISH, Wish

__all__ = ["run", "spec_of"]

ABOVE_BASE, HIGH, JOINT = 0.25, 0.9, 0.5
CALLS, WITHOUT_FIXES, WITH_FIXES = 4.0, 0.90, 0.97
FALSE_PASS, FALSE_FAIL = 0.15, 0.10
_REPEATS, _READ_AGAIN = 5, 0.7
TEMPERATURE = 0.4
_BATCH = 64
_SHOWN = 20

Cells = list[Mapping[str, Any]]
Asked = Sequence[tuple[Request, Text]]


def run(
    *, requests: int = 1000, corrected: int = 300, seed: int = 20_261_123, folder: Path = PACKAGED, speed: bool = True
) -> BenchResult:
    """All figures of the embedded model, or of another in `folder`. `requests` are written raw, of those with 3 to 5 wishes `corrected` go through the loop.

    Raises:
        MissingExtra: the extra `embedded` is not installed.
        ConfigError: there is no model in the folder.
    """
    begun = time.monotonic()
    engine = Engine(folder)
    rng = random.Random(seed)
    seen = [a_request(rng, 1 + i % 5, held=True) for i in range(requests)]
    half = range(max(1, requests // 2))
    other_words = [a_request(rng, 1 + i % 5, held=True, phrasings=HELD_PHRASINGS) for i in half]
    other_pairs = [a_request(rng, 2 + i % 4, held=True, unseen=True) for i in half]
    texts = _written(engine, seen)
    hard = [request for request, _ in seen if 3 <= len(request.wishes) <= 5][:corrected]
    kinds, kind_goals = _by_kind(seen, texts)
    joint, joint_goals = _by_count("requests like those of training", seen, texts), _joint_goal(seen, texts)
    after, after_goals = asyncio.run(_corrected(EmbeddedModel(engine), hard))
    judged, judge_goals = _judged(engine, rng, requests, seen, texts)
    return BenchResult(
        bench="embedded",
        command="lightwing bench embedded",
        cells=[
            *kinds,
            *joint,
            *_by_count("phrasings that training never used", other_words, _written(engine, other_words)),
            *_by_count("pairs of kinds that training never had", other_pairs, _written(engine, other_pairs)),
            *_precision(folder, seen[: len(half)]),
            *after,
            *judged,
            *(_speed(engine, folder, seen[0][0]) if speed else ()),
        ],
        goals=[*kind_goals, *joint_goals, *after_goals, *judge_goals],
        seconds=time.monotonic() - begun,
        seeds=(seed,),
        notes=(
            f"raw: temperature {TEMPERATURE}, one call; a call is one candidate, however batched",
            "base: how often a text of the grammar that was written for another request fulfils the wish",
        ),
        details=[f"--- {r.text}\n>>> {text}" for (r, _), text in zip(seen[:_SHOWN], texts, strict=False)],
    )


def _written(engine: Engine, seen: Asked) -> list[str]:
    """A text for each request, in one call each."""
    texts: list[str] = []
    for at in range(0, len(seen), _BATCH):
        requests = [asked(request.case) for request, _ in seen[at : at + _BATCH]]
        texts += [assembled(one.text) for one in engine.write(requests, temperature=TEMPERATURE, seed=at)]
    return texts


def _kept(request: Request, text: str) -> list[bool]:
    return [outcome(wish, request, text).verdict == "pass" for wish in request.wishes]


def _cell(part: str, what: str, kept: Sequence[bool]) -> dict[str, Any]:
    rate = Rate(hits=sum(kept), n=len(kept))
    low, high = rate.interval if rate.n else (None, None)
    return {"part": part, "what": what, "n": rate.n, "rate": rate.value, "low": low, "high": high}


def _by_kind(seen: Asked, texts: Sequence[str]) -> tuple[Cells, list[Goal]]:
    """Each kind's rate beside its base rate: an unrelated text of the grammar read against the same wish."""
    own: dict[str, list[bool]] = defaultdict(list)
    base: dict[str, list[bool]] = defaultdict(list)
    for i, ((request, _), text) in enumerate(zip(seen, texts, strict=True)):
        other = str(seen[(i + 7) % len(seen)][1])
        for wish, kept, chance in zip(request.wishes, _kept(request, text), _kept(request, other), strict=True):
            own[wish.kind].append(kept)
            base[wish.kind].append(chance)
    cells: Cells = []
    goals = []
    for kind in KINDS_OF_WISH:
        by_chance = Rate(hits=sum(base[kind]), n=len(base[kind])).value
        cells.append({**_cell("wishes", kind, own[kind]), "base": by_chance})
        if by_chance is not None:
            enough = round(min(HIGH, by_chance + ABOVE_BASE), 4)
            name = f"{kind}: {ABOVE_BASE} above base or {HIGH}"
            goals.append(Goal.share(name, sum(own[kind]), len(own[kind]), ">=", enough))
    return cells, goals


def _by_count(part: str, seen: Asked, texts: Sequence[str]) -> Cells:
    met: dict[int, list[bool]] = defaultdict(list)
    for (request, _), text in zip(seen, texts, strict=True):
        met[len(request.wishes)].append(all(_kept(request, text)))
    return [_cell(part, f"{count} {'wish' if count == 1 else 'wishes'}, all kept", met[count]) for count in sorted(met)]


def _joint_goal(seen: Asked, texts: Sequence[str]) -> list[Goal]:
    met = [all(_kept(r, text)) for (r, _), text in zip(seen, texts, strict=True) if len(r.wishes) == 3]
    return [Goal.share("raw: all of 3 wishes kept", sum(met), len(met), ">=", JOINT)]


def _precision(folder: Path, seen: Asked) -> Cells:
    """Whether weights in eight bits cost anything: all wishes of the same requests under both."""
    cells: Cells = []
    for precision in ("int8", "float32"):
        texts = _written(Engine(folder, precision=precision), seen)
        kept = [k for (request, _), text in zip(seen, texts, strict=True) for k in _kept(request, text)]
        cells.append(_cell("precision", precision, kept))
    return cells


def spec_of(request: Request) -> Spec:
    """The request as a spec whose clauses are its wishes: what a compiler without faults would read."""
    clauses = tuple(
        Clause(id=f"c{i}", text=wish.text, check=wish.check, scope=ANSWER) for i, wish in enumerate(request.wishes, 1)
    )
    return Spec(
        clauses=clauses,
        language="en",
        document=DocumentRef(name="request", sha256=text_id(request.text), characters=len(request.text)),
        instruction=request.document,
    )


async def _corrected(model: EmbeddedModel, requests: Sequence[Request]) -> tuple[Cells, list[Goal]]:
    cells: Cells = []
    goals: list[Goal] = []
    for name, fixes in (("first", False), ("best-of-8", False), ("repair-best", False), ("repair-best", True)):
        met: list[bool] = []
        calls: list[int] = []
        tokens = 0
        for i, request in enumerate(requests):
            runner = Runner(
                bound=bind(spec_of(request)),
                models=(model,),
                decoder=decoder(name),
                budget=Budget(calls=8),
                seed=i,
                fixes=fixes,
            )
            trace = await runner.run(Case.ask(request.prompt, id=f"r{i}"))
            met.append(trace.status is Status.VERIFIED)
            calls.append(trace.cost.calls)
            tokens += trace.cost.output_tokens
        n = len(requests)
        low, high = mean_interval(sum(calls), sum(c * c for c in calls), n) or (None, None)
        mean = sum(calls) / n if n else None
        title = f"{name}{' with fixes' if fixes else ''}"
        cell = _cell("3 to 5 wishes under correction", title, met)
        cells.append({**cell, "calls": mean, "calls low": low, "calls high": high, "tokens": tokens / n if n else None})
        if name == "repair-best":
            asked_for = WITH_FIXES if fixes else WITHOUT_FIXES
            goals.append(Goal.share(f"{title}: all kept", sum(met), n, ">=", asked_for))
            goals.append(Goal(name=f"{title}: calls", op="<=", goal=CALLS, value=mean, low=low, high=high, n=n))
    return cells, goals


def _judged(engine: Engine, rng: random.Random, n: int, seen: Asked, texts: Sequence[str]) -> tuple[Cells, list[Goal]]:
    """The model as a judge of single wishes: how often it passes what fails, and fails what passes.

    Of texts of the grammar, half of them with the wish broken as nearly as can be, by kind; and of the model's own texts.
    """
    rows: list[tuple[Request, Wish, str]] = []
    for i in range(n):
        request, text = a_request(rng, 1 + i % 3, held=True)
        wish = request.wishes[i % len(request.wishes)]
        rows.append((request, wish, str(text if i % 2 else broken(rng, request, text, wish.kind))))
    own = [(request, wish, text) for (request, _), text in zip(seen, texts, strict=True) for wish in request.wishes]
    cells: Cells = []
    goals: list[Goal] = []
    for part, asked_of in (("as a judge", rows), ("as a judge of its own texts", own[:n])):
        read: dict[str, list[tuple[bool, bool | None]]] = defaultdict(list)
        for (_, wish, _), truth, passed in _read(engine, asked_of):
            for row in (wish.kind, "all"):
                read[row].append((truth, passed))
        cells += [_judge_cell(part, kind, read[kind]) for kind in (*KINDS_OF_WISH, "all")]
        bad = [passed for truth, passed in read["all"] if not truth]
        good = [passed for truth, passed in read["all"] if truth]
        goals += [
            Goal.share(f"{part}: false pass", sum(p is True for p in bad), len(bad), "<=", FALSE_PASS),
            Goal.share(f"{part}: false fail", sum(p is False for p in good), len(good), "<=", FALSE_FAIL),
        ]
    return [*cells, *_repeated(engine, rows[: n // 4])], goals


def _read(
    engine: Engine, rows: Sequence[tuple[Request, Wish, str]], *, temperature: float = 0.0, seed: int | None = None
) -> Iterator[tuple[tuple[Request, Wish, str], bool, bool | None]]:
    """Each row with the truth (what the check says) and the reading: true for a pass, None where there was no verdict."""
    for at in range(0, len(rows), _BATCH):
        batch = rows[at : at + _BATCH]
        asks = [read_asked(text, wish.text) for _, wish, text in batch]
        for row, found in zip(batch, readings(engine, asks, temperature=temperature, seed=seed), strict=True):
            request, wish, text = row
            yield row, outcome(wish, request, text).verdict == "pass", None if found is None else found.passed


def _judge_cell(part: str, kind: str, read: Sequence[tuple[bool, bool | None]]) -> dict[str, Any]:
    bad = [passed for truth, passed in read if not truth]
    good = [passed for truth, passed in read if truth]
    cell: dict[str, Any] = {"part": part, "what": kind}
    for name, wrong, of in (
        ("false pass", [passed is True for passed in bad], "n broken"),
        ("false fail", [passed is False for passed in good], "n kept"),
    ):
        rate = Rate(hits=sum(wrong), n=len(wrong))
        low, high = rate.interval if rate.n else (None, None)
        cell |= {of: rate.n, name: rate.value, f"{name} low": low, f"{name} high": high}
    return {**cell, "no verdict": sum(passed is None for _, passed in read)}


def _repeated(engine: Engine, rows: Sequence[tuple[Request, Wish, str]]) -> Cells:
    """What reading again is worth: the same texts read five times with a temperature, and how often all five are wrong together."""
    truths: list[bool] = []
    wrong: list[list[bool]] = []
    for seed in range(_REPEATS):
        read = list(_read(engine, rows, temperature=_READ_AGAIN, seed=seed))
        truths = [truth for _, truth, _ in read]
        wrong.append([passed is not truth for _, truth, passed in read])
    cells: Cells = []
    for what, side in (("broken texts", False), ("good texts", True)):
        of = [[again[i] for again in wrong] for i, truth in enumerate(truths) if truth is side]
        once = [one for reading in of for one in reading]
        cells += [
            _cell("five readings of a text", f"{what}, one reading wrong", once),
            _cell("five readings of a text", f"{what}, most of five wrong", [sum(r) * 2 > _REPEATS for r in of]),
            _cell("five readings of a text", f"{what}, all five wrong", [all(r) for r in of]),
        ]
    return cells


def _speed(engine: Engine, folder: Path, request: Request) -> Cells:
    """Tokens per second, and seconds to the first token, of n texts to one request; beside it `transformers`, where that is installed."""
    text = asked(request.case)
    cells: Cells = []
    for n in (1, 8, 64):
        begun = time.monotonic()
        first: list[float] = []

        def take(index: int, written: object, first: list[float] = first, begun: float = begun) -> bool:
            if not first:
                first.append(time.monotonic() - begun)
            return True

        engine.write([text] * n, temperature=TEMPERATURE, seed=None, take=take)
        begun = time.monotonic()
        tokens = sum(
            one.tokens
            for _ in range(max(1, 24 // n))
            for one in engine.write([text] * n, temperature=TEMPERATURE, seed=None)
        )
        rate = tokens / (time.monotonic() - begun)
        cells.append({"part": "speed", "what": f"n = {n}", "tokens/s": round(rate), "first token s": first[0]})
    if find_spec("torch") is not None and find_spec("transformers") is not None:
        cells += [
            {"part": "speed", "what": f"transformers, n = {n}", "tokens/s": round(rate), "first token s": first_token}
            for n, rate, first_token in _speed_of_transformers(folder, text)
        ]
    return cells


def _speed_of_transformers(folder: Path, text: str) -> list[tuple[int, float, float]]:
    """(n, tokens per second, seconds to the first token), on one thread as the engine has."""
    torch, library = importlib.import_module("torch"), importlib.import_module("transformers")
    tokenizer = importlib.import_module("tokenizers").Tokenizer.from_file(str(folder / "tokenizer.json"))
    model = library.LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    found = []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for n in (1, 8, 64):
        ids = torch.tensor([tokenizer.encode(text).ids] * n)
        seconds, made = [], []
        for most in (1, 100):
            begun = time.monotonic()
            with torch.inference_mode():
                whole = model.generate(
                    input_ids=ids,
                    attention_mask=torch.ones_like(ids),
                    max_new_tokens=most,
                    do_sample=True,
                    temperature=TEMPERATURE,
                )
            seconds.append(time.monotonic() - begun)
            new = whole[:, ids.shape[1] :]
            made.append(int((new != model.config.pad_token_id).sum()))
        found.append((n, made[-1] / seconds[-1], seconds[0]))
    torch.set_num_threads(threads)
    return found
