"""`lightwing train`: corpora, and small models from them."""

from __future__ import annotations

import argparse
import itertools
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightwing.cli.sources import number, whole
from lightwing.cli.terminal import emit, emit_json, progress, say
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import ConfigError

if TYPE_CHECKING:
    from lightwing.train.sft import Shape, Training
    from lightwing.train.world.own import Writer

__all__ = ["add"]

_ADAM = 0.15
"""AdamW's rate beside Muon's."""

_OWN_TEMPERATURE = 0.8
"""A little above what the embedded model answers with, so that more of its faults show."""


def add(add_verb: AddVerb) -> None:
    parser = add_verb("train", _none, help="make a corpus of the small world; train a small model (extra: train)")
    jobs = parser.add_subparsers(metavar="JOB", title="jobs", required=True)

    world = jobs.add_parser("world", help="write a corpus of the text grammar, a warm-up and a tokenizer")
    world.set_defaults(handler=_world, own=world)
    world.add_argument("-o", "--output", metavar="DIR", type=Path, required=True)
    world.add_argument("--episodes", type=whole, default=200_000, metavar="N", help="default 200000")
    world.add_argument("--seed", type=int, default=0, metavar="N")
    world.add_argument(
        "--own",
        dest="model",
        metavar="MODEL",
        type=Path,
        help="a second corpus, from what this trained model gets wrong",
    )

    sft = jobs.add_parser("sft", help="train a small model from pairs of asked and answer; resumable")
    sft.set_defaults(handler=_sft, own=sft)
    sft.add_argument("corpus", metavar="CORPUS", type=Path, help='JSONL of {"asked", "answer"}')
    sft.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="model, checkpoint, losses")
    sft.add_argument("--tokenizer", metavar="FILE", type=Path, help="default: tokenizer.json beside the corpus")
    sft.add_argument("--held", metavar="FILE", type=Path, help="pairs to measure the loss on")
    sft.add_argument("--start", metavar="DIR", type=Path, help="a trained model of the same shape to go on from")
    sft.add_argument("--resume", action="store_true", help="go on from the checkpoint in DIR")
    sft.add_argument("--tokens", type=whole, default=30_000_000, metavar="N", help="length of the run")
    sft.add_argument("--minutes", type=number, metavar="M", help="end earlier, after so many minutes")
    sft.add_argument("--batch", type=whole, default=2048, metavar="N", help="tokens a step (default 2048)")
    sft.add_argument(
        "--rate",
        type=number,
        default=0.02,
        metavar="R",
        help="learning rate of Muon (default 0.02); AdamW's is 0.15 of it",
    )
    sft.add_argument(
        "--weigh",
        metavar="TOKEN=N",
        action="append",
        default=[],
        help="a token whose loss counts so many times; repeatable",
    )
    sft.add_argument("--width", type=whole, default=128, metavar="N", help="default 128")
    sft.add_argument("--layers", type=whole, default=5, metavar="N", help="default 5")
    sft.add_argument(
        "--heads", type=whole, default=4, metavar="N", help="default 4; the width is a multiple of twice as many"
    )
    sft.add_argument("--threads", type=whole, metavar="N", help="processor threads (default: torch's choice)")
    sft.add_argument("--seed", type=int, default=0, metavar="N")
    sft.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _world(args: argparse.Namespace) -> int:
    from lightwing.train.files import make_world

    own = None if args.model is None else (args.model, _writer(args.model, args.seed))
    with progress("episodes", args.episodes) as show:
        make_world(args.output, count=args.episodes, seed=args.seed, own=own, show=show)
    emit(f"{args.output}: corpus.jsonl, held.jsonl, {'' if own else 'copies.jsonl, '}tokenizer.json")
    return 0


def _writer(folder: Path, seed: int) -> Writer:
    """The model in a folder, writing with a temperature and, call by call, seeds from `seed` on."""
    from lightwing.models.embedded.engine import Engine

    engine = Engine(folder)
    seeds = itertools.count(seed)

    def write(asked: Sequence[str]) -> list[str]:
        return [one.text for one in engine.write(asked, temperature=_OWN_TEMPERATURE, seed=next(seeds))]

    return write


def _sft(args: argparse.Namespace) -> int:
    from lightwing.train.files import WORDS, tokenizer_of, write_words
    from lightwing.train.sft import Corpus, sft

    tokens = args.tokenizer or args.corpus.parent / "tokenizer.json"
    for path in (args.corpus, tokens, *([args.held] if args.held else [])):
        if not path.is_file():
            raise ConfigError(
                "There is no such file.", where=str(path), hint="lightwing train world makes a corpus and a tokenizer."
            )
    shape, training = _shape(args), _training(args)
    tokenizer = tokenizer_of(tokens)
    longest = min(shape.context, training.batch)
    corpus = Corpus.of_pairs(args.corpus, tokenizer, longest=longest)
    held = Corpus.of_pairs(args.held, tokenizer, longest=longest) if args.held else None
    with progress("training", 1000) as show:

        def told(done: float, entry: Mapping[str, float]) -> None:
            show(int(done * 1000), f"loss {entry['loss']:.3f}")

        done = sft(
            corpus,
            args.output,
            shape=shape,
            training=training,
            vocabulary=tokenizer.get_vocab_size(),
            held=held,
            start=args.start,
            weighed=_weighed(args.weigh, tokenizer),
            resume=args.resume,
            show=told,
        )
    shutil.copyfile(tokens, done.folder / "tokenizer.json")
    # What a model wrote itself is no list of the words that it knows: a corpus made from it brings the list of that model.
    if (args.corpus.parent / WORDS).is_file():
        shutil.copyfile(args.corpus.parent / WORDS, done.folder / WORDS)
    else:
        write_words(args.corpus, done.folder / WORDS)
    if args.json:
        emit_json({"folder": str(done.folder), "share": done.share, "tokens": done.tokens})
    else:
        emit(f"{done.folder}: model.safetensors, config.json, tokenizer.json, words.txt, losses.jsonl")
    if done.share < 1:
        say(f"stopped at {done.share:.0%}; go on with --resume")
        return 1
    say(f"try it: lightwing run --model embedded:{done.folder} …")
    return 0


def _weighed(given: Sequence[str], tokenizer: Any) -> dict[int, float]:
    weighed = {}
    for told in given:
        token, _, factor = told.rpartition("=")
        number_of_token = tokenizer.token_to_id(token)
        if number_of_token is None:
            raise ConfigError(
                f"The tokenizer has no token {token!r}.", where="--weigh", hint="Write TOKEN=N, as <|pass|>=4."
            )
        try:
            weighed[number_of_token] = number(factor)
        except argparse.ArgumentTypeError as error:
            raise ConfigError(f"{factor!r}: {error}.", where="--weigh", hint="Write TOKEN=N, as <|pass|>=4.") from None
    return weighed


def _shape(args: argparse.Namespace) -> Shape:
    from lightwing.train.sft import Shape

    if args.width % (2 * args.heads):
        raise ConfigError(
            f"A width of {args.width} does not give each of {args.heads} heads an even share.",
            where="--width",
            hint=f"Take a multiple of {2 * args.heads}.",
        )
    return Shape(width=args.width, layers=args.layers, heads=args.heads, inner=-(-args.width * 11 // 4 // 32) * 32)


def _training(args: argparse.Namespace) -> Training:
    from lightwing.train.sft import Training

    return Training(
        tokens=args.tokens,
        minutes=args.minutes or 0.0,
        batch=args.batch,
        rate=args.rate,
        adam_rate=_ADAM * args.rate,
        seed=args.seed,
        threads=args.threads or 0,
    )


def _none(args: argparse.Namespace) -> int:
    raise AssertionError("a job is required by the parser")
