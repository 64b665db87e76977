"""`lightwing keys`: who may ask a gateway, and for how much."""

from __future__ import annotations

import argparse
import re
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lightwing.cli.config import load_config
from lightwing.cli.sources import add_config_option, add_json_option, number, whole
from lightwing.cli.stores import STORE_VARIABLE, store_of
from lightwing.cli.terminal import console, emit, emit_json, grid, say, writing
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import ConfigError

if TYPE_CHECKING:
    from lightwing.serve.keys import Allowance, Key
    from lightwing.serve.limits import Spent
    from lightwing.store import TraceStore

__all__ = ["add"]

_DAY = 86_400


def add(add_verb: AddVerb) -> None:
    parser = add_verb("keys", _none, help="API keys of a gateway: make, list and revoke them")
    jobs = parser.add_subparsers(metavar="JOB", title="jobs", required=True)

    def job(name: str, run: Any, help: str) -> argparse.ArgumentParser:
        made = jobs.add_parser(name, help=help, description=help)
        made.set_defaults(handler=run, own=made)
        made.add_argument(
            "--store",
            metavar="STORE",
            help=f"the gateway's store: an SQLite file or a URL (default: ${STORE_VARIABLE}, then serve.store, run.store)",
        )
        add_config_option(made)
        add_json_option(made)
        return made

    new = job("add", _add, "make a key and print it, once: what is kept is a digest")
    new.add_argument("name", metavar="NAME", help="whose key it is")
    limits = new.add_argument_group("limits (none where not given; days and months are those of UTC)")
    limits.add_argument("--rpm", type=whole, metavar="N", help="requests a minute, a sixth of them at once")
    limits.add_argument("--tokens-per-day", type=whole, metavar="N", help="tokens of all calls, judges' too")
    limits.add_argument(
        "--price-per-day", type=number, metavar="P", help="in the currency of the price list; needs models with prices"
    )
    limits.add_argument("--price-per-month", type=number, metavar="P")
    limits.add_argument("--concurrency", type=whole, metavar="N", help="requests at the same time")
    limits.add_argument(
        "--assistant",
        metavar="NAME",
        action="append",
        help="a name of /v1/models that it may ask for, such as lightwing/support; repeat for more (default: all)",
    )

    job("ls", _ls, "list the keys with their limits and what they used today")

    revoke = job("revoke", _revoke, "end a key; a gateway that runs refuses it within seconds")
    revoke.add_argument("id", metavar="ID", help="the key's id, from `keys ls`")


def _none(args: argparse.Namespace) -> int:
    raise AssertionError("argparse asks for a job")


def _add(args: argparse.Namespace) -> int:
    from lightwing.serve.keys import Allowance, new_key
    from lightwing.serve.stored import StoredKeys

    allowance = Allowance(
        requests_per_minute=args.rpm,
        tokens_per_day=args.tokens_per_day,
        price_per_day=args.price_per_day,
        price_per_month=args.price_per_month,
        concurrency=args.concurrency,
        assistants=None if args.assistant is None else tuple(dict.fromkeys(args.assistant)),
    )
    key, text = new_key(args.name, allowance=allowance)
    with _store(args, create=True) as store:
        StoredKeys(store).add(key)
        place = store.path
    if args.json:
        emit_json({"key": text, **_told(key)})
    else:
        emit(text)
    say(f"Key {key.id} of {key.name} is in {place}. It is shown this once: hand it over now.")
    return 0


def _ls(args: argparse.Namespace) -> int:
    from lightwing.serve.stored import StoredKeys, StoredUsage

    with _store(args, create=False) as store:
        keys, used = StoredKeys(store).all(), StoredUsage(store)
        today = {key.id: used(key.id, since=int(time.time() // _DAY)) for key in keys}
    if args.json:
        emit_json({"keys": [{**_told(key), "today": _spent(today[key.id])} for key in keys]})
        return 0
    table = grid(
        "id", "name", "made", "state", "limits", "tokens today", "price today", right=("tokens today", "price today")
    )
    for key in keys:
        spent = today[key.id]
        price = f"{spent.price:.6g}" + (" + unknown" if spent.unpriced else "")
        state = "good" if key.revoked is None else f"revoked {_date(key.revoked)}"
        limits = ", ".join(_limits(key.allowance)) or "none"
        table.add_row(key.id, key.name, _date(key.created), state, limits, f"{spent.tokens:,}", price)
    with writing():
        console().print(table)
    if not keys:
        say("There are no keys. Make one: lightwing keys add NAME")
    return 0


def _revoke(args: argparse.Namespace) -> int:
    from lightwing.serve.stored import StoredKeys

    given = args.id.strip()
    whole_key = re.fullmatch(r"lw_([0-9a-f]{12})(?:_.*)?", given)
    id = whole_key[1] if whole_key else given
    now = time.time()
    with _store(args, create=False) as store:
        key = StoredKeys(store).revoke(id, now)
        place = store.path
    if key is None:
        raise ConfigError(f"There is no key {id[:16]!r}.", where=place, hint="See: lightwing keys ls")
    assert key.revoked is not None
    if args.json:
        emit_json(_told(key))
    if key.revoked == now:
        say(f"Key {key.id} of {key.name} is revoked.")
    else:
        say(f"Key {key.id} of {key.name} was revoked before, on {_date(key.revoked)}.")
    return 0


def _store(args: argparse.Namespace, *, create: bool) -> TraceStore:
    from lightwing.store import TraceStore

    place = store_of(args.store, load_config(args.config))
    if place is None:
        raise ConfigError(
            "No store was named, and that is where keys are kept.",
            hint=f"Give --store FILE-or-URL, set {STORE_VARIABLE}, or put serve.store into lightwing.yaml.",
        )
    return TraceStore(place, create=create)


def _told(key: Key) -> dict[str, Any]:
    limits = {name: value for name, value in asdict(key.allowance).items() if value is not None}
    return {"id": key.id, "name": key.name, "created": key.created, "revoked": key.revoked, "limits": limits}


def _spent(spent: Spent) -> dict[str, Any]:
    return {"tokens": spent.tokens, "price": spent.price, "unpriced": spent.unpriced}


def _limits(allowance: Allowance) -> list[str]:
    shown = {
        "requests/min": allowance.requests_per_minute,
        "tokens/day": allowance.tokens_per_day,
        "price/day": allowance.price_per_day,
        "price/month": allowance.price_per_month,
        "at once": allowance.concurrency,
    }
    found = [
        f"{value:g} {name}" if isinstance(value, float) else f"{value:,} {name}"
        for name, value in shown.items()
        if value is not None
    ]
    if allowance.assistants is not None:
        found.append("only " + " ".join(allowance.assistants))
    return found


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
