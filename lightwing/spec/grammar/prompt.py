"""What neighbouring sentences tell together: dividers, section markers, formats shown, options listed, the request to be repeated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from lightwing.core.clause import ANSWER, CheckCall, Span
from lightwing.spec.grammar.bounds import bound_quantities
from lightwing.spec.grammar.closings import with_closings, with_title
from lightwing.spec.grammar.context import asks_about, reported
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.lines import read_lines
from lightwing.spec.grammar.list_counts import counted_lists
from lightwing.spec.grammar.marked_parts import DIVIDER, counts_of, with_dividers, with_markers
from lightwing.spec.grammar.pronouns import with_pronouns
from lightwing.spec.grammar.reading import EACH_OTHER, ExactReading, only_asked, reading
from lightwing.spec.grammar.terms import Term
from lightwing.spec.grammar.unspaced_options import options_before
from lightwing.spec.grammar.words import PLURAL_LETTER, own_letter
from lightwing.spec.text.tokens import tokenize

__all__ = ["asked_part", "in_context"]

Reader = Callable[[Frame], Iterator[ExactReading]]
_LABEL = re.compile(r"(?m)^[ \t]*[*#_>]{0,4}[ \t]*([^\W\d_][\w ]{0,20}?)[*_]{0,3}[ \t]*[:：]")
_TAGGED = re.compile(r"<[a-z]{2,20}>\s*([^<>]{10,2000}?)\s*</[a-z]{2,20}>")


def in_context(
    text: str, frames: Sequence[Frame], readers: Sequence[Reader], *, whole: bool = False
) -> list[ExactReading]:
    """All readings of the frames in order, joined across sentences; `whole` tells that the text is a complete prompt."""
    repeated = _repeat(text, frames) if whole else None
    found: list[ExactReading] = []
    for frame in frames:
        if not _measurable(frame) or only_asked(frame):
            continue
        for read in readers:
            found.extend(r for r in read(frame) if not _told(frame, r))
    found = with_dividers(frames, _keyed(frames, _corrected(frames, found)))
    found = with_pronouns(frames, with_markers(frames, found))
    found = with_title(frames, with_closings(frames, _shown(text, frames, found)))
    spaced = any(f.lexicon.spaces or f.lexicon.verb_last for f in frames)
    found = _placed(_fenced(frames, _without_implied(counted_lists(frames, found), spaced=spaced)))
    found.extend(options_before(frames, found))
    found.extend(read_lines(text, frames))
    found.extend(_cased_language(frames, found))
    if repeated is not None:
        found = [r for r in found if not _speaks_of(r, str(repeated.check.args["text"]))]
        found.append(repeated)
    return _distinct(found)


def _speaks_of(item: ExactReading, request: str) -> bool:
    """Whether a reading takes the request that is to be repeated for a word of the answer."""
    args = item.check.args
    words = args.get("words") or [args.get("word") or args.get("text")]
    named = item.check.name in ("keywords", "forbidden", "frequency", "starts_with", "first_word")
    return (
        named
        and all(str(w).strip("。.") in request for w in words)
        and any(len(str(w)) * 2 > len(request) for w in words)
    )


_MEASURES = (
    "unit.",
    "label.",
    "letter.",
    "case.",
    "language.",
    "format.",
    "punct.",
    "script.",
    "odd.",
    "address.",
    "style.",
    "part.",
    "verb.start",
    "verb.end",
    "verb.choose",
    "verb.mention",
    "verb.spell",
    "verb.wrap",
    "verb.capitalize",
    "verb.bold",
    "verb.italicize",
    "verb.number",
)
_PLAIN_PARTS = frozenset({"part.answer", "part.request", "unit.responses"})


def _measurable(frame: Frame) -> bool:
    """Whether a sentence holds anything that a reader could read: most sentences of a document do not, and are passed over."""
    for term, after in zip(frame.terms, [*frame.terms[1:], None], strict=True):
        if (
            term.kind in ("literal", "angle", "bracket", "star")
            or term.norm.startswith(("p.s", "p.p.s"))
            or (after is not None and after.norm == ":" and term.has("verb.include", "verb.avoid"))
        ):
            return True
        if term.has("label.keys") and not frame.lexicon.spaces:
            return True
        if (
            (term.has("verb.avoid") and term.norm.endswith(":"))
            or PLURAL_LETTER.fullmatch(term.norm)
            or (term.has("amount.none") and after is not None and len(after.norm) == 1 and after.norm.isalpha())
            or own_letter(frame, term)
        ):
            return True
        if any(c.startswith(_MEASURES) and c not in _PLAIN_PARTS for c in term.concepts):
            return True
    return frame.has("word.or") and frame.has("verb.answer", "part.answer", "word.truth", "word.only")


def _corrected(frames: Sequence[Frame], found: list[ExactReading]) -> list[ExactReading]:
    """ "50 words. No, make that 30": what a sentence takes back is no longer asked for."""
    for frame in frames:
        if frame.terms[0].has("word.correction"):
            mended = {
                (r.check.name, r.check.args.get("of"), r.scope)
                for r in found
                if frame.start <= r.span.start < frame.end
            }
            found = [
                r
                for r in found
                if r.span.start >= frame.start
                or (r.check.name, r.check.args.get("of"), r.scope) not in mended
                or r.check.name != "count"
            ]
    return found


def _told(frame: Frame, item: ExactReading) -> bool:
    """Whether a reading stands in what the author reports or asks about, and so is no demand."""
    at = next((i for i, t in enumerate(frame.terms) if t.end > item.span.start), 0)
    if frame.told and frame.told[at]:
        return True
    return reported(frame, at) or asks_about(
        frame, at, manners=item.check.name not in ("letter_case", "ends_with", "starts_with")
    )


def asked_part(text: str) -> int:
    """Where the request begins behind worked examples ("Question: … Answer: … Question: … Answer:"); 0 where there are none.

    >>> shots = "Question: a\\nAnswer: b\\nQuestion: c\\nAnswer:"
    >>> shots[asked_part(shots):]
    'Question: c\\nAnswer:'
    """
    labels = [(m.start(), m.group(1).casefold()) for m in _LABEL.finditer(text)]
    if len(labels) < 4 or text[labels[-1][0] :].strip(" *#_\n").rstrip(":：* \n").casefold() != labels[-1][1]:
        return 0
    answer = labels[-1][1]
    before = [at for at, label in labels[:-1] if label == answer]
    if not before:
        return 0
    earlier = {label for at, label in labels if at < before[-1]}
    starts = [at for at, label in labels[:-1] if at > before[-1] and label in earlier and label != answer]
    return starts[-1] if starts else 0


def _keyed(frames: Sequence[Frame], found: list[ExactReading]) -> list[ExactReading]:
    """Keys are demanded of JSON; where the text speaks of none they are something else's."""
    if any(f.lexicon.spaces for f in frames) and not any(
        f.has("format.json", "format.yaml", "format.xml") for f in frames
    ):
        return [r for r in found if r.check.name != "json_keys"]
    keyed = next((r for r in found if r.check.name == "json_keys"), None)
    asked = any(r.check.name == "format" for r in found)
    for frame in frames if keyed is not None and not asked else ():
        if not frame.lexicon.spaces and (json := [i for i in frame.find("format.json") if not frame.negative[i]]):
            found = [*found, reading(frame, "format", {"kind": "json"}, json[0], json[0], scope="answer")]
            break
    keys = {tuple(sorted(r.check.args["keys"])) for r in found if r.check.name == "json_keys"}
    return [r for r in found if r.check.name != "keywords" or tuple(sorted(r.check.args["words"])) not in keys]


def _distinct(found: Sequence[ExactReading]) -> list[ExactReading]:
    kept: list[ExactReading] = []
    seen: set[str] = set()
    for item in sorted(found, key=lambda r: r.span):
        key = repr(
            (item.check.name, sorted((k, repr(v)) for k, v in item.check.args.items()), item.scope, item.trigger)
        )
        if key not in seen:
            seen.add(key)
            kept.append(item)
    return kept


def _without_implied(found: list[ExactReading], *, spaced: bool) -> list[ExactReading]:
    """ "Hiragana only, no kanji": what "only" says already is not said twice."""
    if any(
        (r.check.name == "depth" and r.check.args.get("of") == "headings")
        or (counts_of(r, "headings") and "level" in r.check.args)
        for r in found
    ):
        found = [r for r in found if r.check.name != "count" or dict(r.check.args) != {"of": "headings", "min": 1}]
    levels = [{k: v for k, v in r.check.args.items() if k != "level"} for r in found if "level" in r.check.args]
    found = [r for r in found if not (counts_of(r, "headings") and dict(r.check.args) in levels)]
    if any(r.check.name == "emoji_ending" for r in found):
        found = [
            r
            for r in found
            if not (counts_of(r, "emojis") and dict(r.check.args).get("min") == 1 and r.check.args.get("max", 1) == 1)
        ]
    if any(r.check.name == "format" and r.check.args["kind"] == "table" for r in found):
        found = [r for r in found if r.check.name != "count" or dict(r.check.args) != {"of": "tables", "min": 1}]
    if any(r.check.name == "alphabet" for r in found):
        found = [
            r
            for r in found
            if r.check.name not in ("first_word", "starts_with") or len(str(next(iter(r.check.args.values())))) > 1
        ]
    if any(r.check.name == "script" and "accents" in r.check.args.get("forbid", ()) for r in found):
        found = [r for r in found if not (counts_of(r, "accented_words") and r.check.args.get("max") == 0)]
    edges = {
        str(r.check.args.get("word") or r.check.args.get("text"))
        for r in found
        if r.check.name in ("first_word", "last_word", "starts_with", "ends_with", "acrostic")
    }
    found = [
        r
        for r in found
        if r.check.name != "keywords" or not (len(r.check.args["words"]) == 1 and r.check.args["words"][0] in edges)
    ]
    runs = {r.check.args["run"] for r in found if r.check.name == "alliteration" and "run" in r.check.args}
    found = [
        r
        for r in (_but_for_parts(found) if spaced else found)
        if not (counts_of(r, "words") and r.check.args.get("min") in runs)
    ]
    if any(r.check.name == "heading" for r in found):
        found = [r for r in found if r.check.name != "count" or dict(r.check.args) != {"of": "headings", "min": 1}]
    only = {script for r in found if r.check.name == "script" for script in r.check.args.get("only", ())}
    if not only:
        return found
    return [
        r
        for r in found
        if not (r.check.name == "script" and "forbid" in r.check.args and not only & set(r.check.args["forbid"]))
    ]


_DATA = frozenset({"json", "yaml", "xml", "csv", "html"})
_LISTS = {"bullets": ("bullets",), "numbered_list": ("numbered_items",), "table": ("table_rows",)}


def _fenced(frames: Sequence[Frame], found: list[ExactReading]) -> list[ExactReading]:
    """ "As YAML, without a code block": the fence belongs to the format; and a list whose items are counted is asked for already."""
    bare = any(_denied(f, at) for f in frames for at in f.find("unit.code_blocks"))
    counted = {r.check.args.get("of") for r in found if r.check.name == "count" and "if_any" not in r.check.args}
    kept: list[ExactReading] = []
    for item in found:
        kind = item.check.args.get("kind") if item.check.name == "format" else None
        if bare and kind in _DATA:
            item = replace(item, check=CheckCall(name="format", args={**item.check.args, "fence": False}))
        elif kind in ("bullets", "numbered_list") and any(of in counted for of in _LISTS[str(kind)]):
            continue
        elif kind in ("bullets", "numbered_list") and "only" not in item.check.args and (loose := _loose_count(frames)):
            item = replace(item, check=CheckCall(name="count", args={"of": _LISTS[str(kind)][0], **loose}))
        kept.append(item)
    if bare and any(r.check.name == "format" and r.check.args.get("kind") in _DATA for r in kept):
        kept = [r for r in kept if not (counts_of(r, "code_blocks") and r.check.args.get("max") == 0)]
        kept = [r for r in kept if r.check.name != "format" or r.check.args.get("kind") not in ("code", "plain_text")]
    return kept


def _denied(frame: Frame, at: int) -> bool:
    none = any(q.last < at <= q.last + 2 and q.weak and q.value == 0 for q in frame.quantities)
    return frame.negative[at] or (none and frame.lexicon.spaces)


def _but_for_parts(found: list[ExactReading]) -> list[ExactReading]:
    """ "In English, but the last line in French": the answer as a whole is in no one language."""
    parts = {code for r in found if r.check.name == "language" and r.scope != ANSWER for code in r.check.args["codes"]}
    if not parts:
        return found
    return [r for r in found if r.check.name != "language" or r.scope != ANSWER or set(r.check.args["codes"]) <= parts]


_COUNTERS = ("つ", "個", "点", "件", "个", "条", "种", "項目", "とおり")


def _loose_count(frames: Sequence[Frame]) -> dict[str, int]:
    """How many items a list is to have where a number stands apart from it: "用项目符号。列出五个应用", "節約術を6個、箇条書きで"."""
    loose = []
    for frame in frames:
        if frame.lexicon.spaces:
            return {}
        taken = {b.quantity.first for b in bound_quantities(frame)}
        for quantity in frame.quantities:
            behind = frame.text[frame.terms[quantity.last].end :]
            counted = behind.startswith(_COUNTERS) or frame.terms[quantity.last].norm.endswith("つ")
            if (
                quantity.first not in taken
                and not quantity.weak
                and quantity.value > 1
                and counted
                and not frame.topical[quantity.first]
            ):
                loose.append(quantity)
    return loose[0].interval.args() if len(loose) == 1 else {}


def _placed(found: list[ExactReading]) -> list[ExactReading]:
    """ "Each definition" is a row where a table is asked for, an item where a list is; elsewhere it cannot be told, and is left out.

    Each question is one too where a table or a list holds it: that it ends with a question mark could not be asked of it otherwise.
    """
    if any(r.check.name == "format" and r.check.args["kind"] == "xml" for r in found):
        found = [
            replace(r, check=CheckCall(name="depth", args={**r.check.args, "of": "xml"}))
            if r.check.name == "depth" and r.check.args["of"] in ("list", "json")
            else r
            for r in found
        ]
    table = any(
        counts_of(r, "tables", "table_rows", "table_columns") or r.check.args.get("kind") == "table" for r in found
    )
    listed = any(counts_of(r, "bullets", "numbered_items", "items") for r in found)
    scope = "each_row" if table else "each_item" if listed else None
    found = _with_bullets(found)
    placed = [_of_whole(replace(r, scope=scope) if scope and r.scope in (EACH_OTHER, "question") else r) for r in found]
    return [r for r in placed if r.scope != EACH_OTHER]


def _of_whole(item: ExactReading) -> ExactReading:
    """Rows, columns and tables are counted in the answer, never in each row."""
    within = item.scope in ("each_row", "each_item") and counts_of(item, "tables", "table_rows", "table_columns")
    return replace(item, scope=ANSWER) if within else item


def _with_bullets(found: list[ExactReading]) -> list[ExactReading]:
    """What is said of each item is said of each bullet where bullets are the only list asked for."""
    bullets = any(
        counts_of(r, "bullets") or (r.check.name == "format" and r.check.args.get("kind") == "bullets") for r in found
    )
    numbered = any(
        counts_of(r, "numbered_items") or (r.check.name == "format" and r.check.args.get("kind") == "numbered_list")
        for r in found
    )
    return [
        replace(r, scope="each_bullet") if r.scope == "each_item" and bullets and not numbered else r for r in found
    ]


def _request_quoted(frame: Frame) -> Term | None:
    """The request in quotes, in the sentence that asks for its repetition."""
    long = 3 if frame.lexicon.spaces else 0
    literals = [t for t in frame.terms if t.kind == "literal" and len(t.inner) >= 6]
    return next(
        (t for t in literals if t.inner.count(" ") >= long or (t.inner.count(" ") and t.inner.strip()[-1] in ".?!")),
        None,
    )


def _shown(text: str, frames: Sequence[Frame], found: list[ExactReading]) -> list[ExactReading]:
    """A format shown as blocks between dividers ("Part 1 … *** Part 2 …") demands that many blocks."""
    if not any(f.has("part.shown_format", "verb.separate", "word.example") for f in frames):
        return found
    lines = list(DIVIDER.finditer(text))
    if not lines:
        return found
    mark = lines[0].group(1)
    dividers = [m for m in lines if m.group(1) == mark]
    stars = len(mark) >= 5 and set(mark) == {"*"}
    known = any(r.check.name == "responses" or (counts_of(r, "paragraphs") and "marker" in r.check.args) for r in found)
    if known or (len(dividers) < 2 and not stars):
        return found
    blocks = len(dividers) + 1
    args: dict[str, Any] = {"min": blocks, "max": blocks}
    span = Span(dividers[0].start(1), dividers[-1].end(1))
    if stars:
        call = CheckCall(name="responses", args={**args, "separator": mark})
    else:
        call = CheckCall(name="count", args={"of": "paragraphs", "marker": mark, **args})
    return [*found, ExactReading(check=call, span=span)]


def _cased_language(frames: Sequence[Frame], found: Sequence[ExactReading]) -> Iterator[ExactReading]:
    """Letters in capitals, asked for in a script that has none, are those of the language that the text names."""
    cased = any(r.check.name == "letter_case" and r.scope == "answer" for r in found)
    if not cased or any(r.check.name == "language" for r in found):
        return
    for frame in frames:
        for at, term in enumerate(frame.terms):
            if not frame.lexicon.spaces and term.names("language") and not frame.negative[at] and not frame.topical[at]:
                yield reading(frame, "language", {"codes": list(term.names("language"))}, at, at, scope="answer")
                return


def _without_label(request: str, frame: Frame) -> str:
    """A request without the label that announces it ("Question: …")."""
    label, colon, rest = request.partition(":")
    tokens = tokenize(label) if colon and len(label) <= 24 else []
    match = frame.lexicon.match(tokens, 0) if tokens else None
    named = match is not None and match.length == len(tokens) and "part.request" in match.concepts
    return rest.strip() if named and rest.strip() else request


def _in_brackets(frame: Frame) -> str | None:
    """ "把问题（什么是黑洞？）原样写一遍": the request in brackets right behind its name, in a language without spaces."""
    for at in frame.find("part.request") if not frame.lexicon.spaces else ():
        if at + 2 < len(frame.terms) and frame.terms[at + 1].norm in "(（":
            inner = re.split("[)）]", frame.text[frame.terms[at + 1].end : frame.end], maxsplit=1)
            return inner[0].strip() if len(inner) > 1 and len(inner[0]) > 3 else None
    return None


def _repeat(text: str, frames: Sequence[Frame]) -> ExactReading | None:
    """The request that the answer must begin with: what stands before (or after) the sentences that ask for the repetition."""
    tagged = _TAGGED.search(text)
    wanted_parts = ("part.request", "part.sentence_above", "part.first_line")
    asking = [
        f
        for f in frames
        if f.has("verb.repeat")
        and (f.has(*wanted_parts) or tagged is not None or _request_quoted(f))
        and not (
            f.lexicon.spaces
            and (reported(f, len(f.terms)) or (f.terms[0].has("word.asks") and f.terms[-1].norm == "?"))
        )
    ]
    if not asking:
        return None
    first = asking[0]
    quoted = _request_quoted(first)
    shown = quoted.inner.strip() if quoted is not None else tagged.group(1).strip() if tagged is not None else None
    if shown and not any(t.has("word.above") for t in first.terms):
        call = CheckCall(name="repeat_request", args={"text": shown})
        return ExactReading(check=call, span=Span(first.start, first.end))
    if first.has("part.first_line"):
        wanted = text.strip().split("\n", 1)[0].strip()
    else:
        before = text[: first.start].strip()
        if (inside := _in_brackets(first)) is not None:
            call = CheckCall(name="repeat_request", args={"text": inside})
            return ExactReading(check=call, span=Span(first.start, first.end))
        colon = next((t for t in first.terms if t.norm in ":：" and not first.lexicon.spaces), None)
        if colon is not None and not first.has("word.above"):
            call = CheckCall(name="repeat_request", args={"text": text[colon.end :].strip()})
            return ExactReading(check=call, span=Span(first.start, first.end))
        below = first.has("word.below") or not before
        said = next((t for t in first.terms if t.norm == ":"), None) if below else None
        opened = said is not None and any(t.norm == "(" for t in first.terms if t.start < said.start)
        if said is not None and not opened and text[said.end :].strip():
            wanted = text[said.end :].strip()
        elif below:
            last = max(f.end for f in frames if f.has("verb.repeat"))
            line_end = text.find("\n", last)
            wanted = text[line_end if line_end >= 0 else last :].strip()
            named = next(
                (
                    f
                    for f in frames
                    if f.start >= last and f.has("part.request") and any(t.norm in ":：" for t in f.terms)
                ),
                None,
            )
            if named is not None:
                colon = next(t for t in named.terms if t.norm in ":：")
                wanted = text[colon.end :].strip()
        else:
            wanted = _without_label(before, first)
    if not wanted:
        return None
    call = CheckCall(name="repeat_request", args={"text": wanted})
    return ExactReading(check=call, span=Span(first.start, first.end))
