"""What languages without spaces say in an order of their own: options, keys, headings and columns, named in lists without quotes, before or behind their noun."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lightwing.spec.grammar.bounds import bound_quantities
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.reading import Reading, reading
from lightwing.spec.grammar.unquoted import members
from lightwing.spec.grammar.unspaced_options import behind_colon, clause_of, literal_members, unspaced_options
from lightwing.spec.text.tokens import kansuji

__all__ = ["heading_level_of", "read_unspaced"]

_LEVEL = re.compile(r"([一二三四五六1-6１-６])\s*(?:级|級|階層|段階)|(?:レベル|h|H)\s*([1-6])|(?<!#)(#{1,6})(?!#)")


def read_unspaced(frame: Frame) -> Iterator[Reading]:
    """Options, keys, headings and columns of one sentence; nothing for a language with spaces."""
    if frame.lexicon.spaces:
        return
    yield from unspaced_options(frame)
    yield from _keys(frame)
    yield from _headings(frame)
    yield from _columns(frame)
    yield from _whole(frame)
    if not frame.lexicon.verb_last:
        yield from _alone(frame)
        yield from _one_per_line(frame)


def _keys(frame: Frame) -> Iterator[Reading]:
    """ "字段有“名称”“卖点”", "必须有title、author两个键"."""
    labels = [i for i in frame.find("label.keys") if not frame.negative[i]]
    if not labels or not (
        frame.has("format.json")
        or any(frame.terms[i].norm.replace(" ", "") in ("键", "键名", "字段", "キー", "フィールド") for i in labels)
    ):
        return
    at = labels[0]
    found = _list_before(frame, at)
    for index in range(at + 1, len(frame.terms) if not found else 0):
        term = frame.terms[index]
        if term.norm in "，,。；;" and (found or term.norm in "。；;") and not _goes_on(frame, index):
            break
        joined = term.start > 0 and frame.text[term.start - 1] in "_-"
        if term.kind == "literal" or (term.kind == "word" and not term.concepts and term.norm.isascii() and not joined):
            found.append(_spelled(frame, index))
    if not found:
        found = behind_colon(frame, at) or _named_behind(frame, at)
    if found:
        yield reading(frame, "json_keys", {"keys": found}, at, at, scope="answer")


def _spelled(frame: Frame, index: int) -> str:
    term = frame.terms[index]
    if term.kind == "literal":
        return term.inner.strip()
    end = index
    while (
        frame.terms[end].end < len(frame.text)
        and frame.text[frame.terms[end].end] in "_-"
        and end + 2 < len(frame.terms)
    ):
        end += 2
    return frame.text[term.start : frame.terms[end].end]


def _goes_on(frame: Frame, comma: int) -> bool:
    after = frame.terms[comma + 1] if comma + 1 < len(frame.terms) else None
    return after is not None and (after.kind == "literal" or (after.kind == "word" and after.norm.isascii()))


def _list_before(frame: Frame, at: int) -> list[str]:
    """The quoted or foreign words that lead up to the label."""
    found: list[str] = []
    for index in range(at - 1, -1, -1):
        term = frame.terms[index]
        if term.kind == "literal" or (term.kind == "word" and not term.concepts and term.norm.isascii()):
            found.insert(0, _spelled(frame, index))
        elif term.norm in "，。；;：:" or not (
            term.norm in "、,_"
            or term.has("word.filler", "word.and", "word.of", "range.and", "word.definite", "word.link", "word.each")
            or term.kind == "number"
        ):
            break
    return found


def _named_behind(frame: Frame, at: int) -> list[str]:
    """ "字段为姓名、年龄": a list without quotes behind the label and its verb."""
    first = at + 1
    while first < len(frame.terms) and frame.terms[first].has("verb.be", "verb.include", "word.must", "word.filler"):
        first += 1
    if first == at + 1 or first >= len(frame.terms):
        return []
    return members(frame.text[frame.terms[first].start : frame.terms[clause_of(frame, first)[1]].end])


def heading_level_of(norm: str) -> int | None:
    """The level that a noun for a heading names: "二级标题" is 2.

    >>> heading_level_of("二级标题"), heading_level_of("标题")
    (2, None)
    """
    found = _LEVEL.search(norm.replace(" ", ""))
    if found is None or found[1] is None:
        return None
    return int(found[1]) if found[1].isdigit() else kansuji(found[1])


def _headings(frame: Frame) -> Iterator[Reading]:
    """ "只用一级和二级标题"; "名为“常见问题”的标题"; "以下几个标题：甲、乙"."""
    heads = [i for i in frame.find("unit.headings") if not frame.negative[i] and not frame.topical[i]]
    if not heads:
        return
    at = heads[0]
    first, last = clause_of(frame, at)
    text = frame.text[frame.terms[first].start : frame.terms[last].end]
    levels = sorted(
        {len(m[3]) if m[3] else int(m[2]) if m[2] else heading_level_of(m[0]) or 0 for m in _LEVEL.finditer(text)}
    )
    through = len(levels) == 2 and "#" in text and re.search(r"から|到|至", text) is not None
    if (levels and through) or (
        levels
        and any(
            t.has("word.only", "compare_after.exact", "compare_before.exact") for t in frame.terms[first : last + 1]
        )
    ):
        if len(levels) == 2 and re.search(r"から|到|至", text):
            levels = list(range(levels[0], levels[1] + 1))
        yield reading(frame, "heading_level", {"allowed": levels}, at, at, scope="answer")
    for head in heads:
        if listed := _before_heading(frame, head):
            level = heading_level_of(frame.terms[head].norm)
            for text in listed:
                yield reading(
                    frame, "heading", {"text": text, **({"level": level} if level else {})}, head, head, scope="answer"
                )
            return
        named = [i for i in range(max(0, head - 5), head) if frame.terms[i].kind == "literal"]
        called = any(t.has("verb.call") for t in frame.terms[max(0, head - 7) : head + 3])
        if called and named and not frame.has("part.double_angle", "part.book_quotes"):
            yield reading(
                frame, "heading", {"text": frame.terms[named[-1]].inner.strip()}, named[-1], head, scope="answer"
            )
            return
    listed = behind_colon(frame, at) or literal_members(frame, at, len(frame.terms) - 1)
    inside = at + 1 < len(frame.terms) and frame.terms[at + 1].norm in ("里", "中", "内", "に は", "に")
    if len(listed) > 1 and all(listed) and not inside and not frame.has("verb.choose", "part.double_angle"):
        for text in listed:
            yield reading(frame, "heading", {"text": text}, at, at, scope="answer")


def _before_heading(frame: Frame, head: int) -> list[str]:
    """The quoted words right before the noun: "“甲”与“乙”两个二级标题"."""
    words: list[str] = []
    for index in range(head - 1, -1, -1):
        term = frame.terms[index]
        if term.kind == "literal":
            words.insert(0, term.inner.strip())
        elif not (
            term.names("label")
            or term.has("word.filler", "word.and", "range.and", "word.of", "word.definite", "amount.one")
            or term.kind == "number"
            or term.norm in "、,と"
        ):
            break
    return [w for w in words if w]


def _columns(frame: Frame) -> Iterator[Reading]:
    """ "三列分别为姓名、阵营、结局", "列は「項目」「電車」の順で"."""
    for at in frame.find("unit.table_columns"):
        if frame.negative[at] or frame.conditional(at):
            continue
        words = literal_members(frame, at, len(frame.terms) - 1) or behind_colon(frame, at) or _named_behind(frame, at)
        if words:
            behind = frame.text[frame.terms[at].end : frame.end]
            ordered = {"ordered": True} if any(w in behind for w in ("依次", "顺序", "順", "从左到右")) else {}
            yield reading(frame, "columns", {"names": words, **ordered}, at, at, scope="answer")
            return


_WHOLE = {
    "unit.tables": "table",
    "format.table": "table",
    "unit.bullets": "bullets",
    "unit.numbered_items": "numbered_list",
}


def _whole(frame: Frame) -> Iterator[Reading]:
    """ "用表格比较", "做成项目符号列表", "表にまとめて": the form of the answer, where nothing counts its parts."""
    counted = {b.unit_at for b in bound_quantities(frame) if not b.quantity.weak}
    for at, term in enumerate(frame.terms):
        kind = next((_WHOLE[c] for c in sorted(term.concepts) if c in _WHOLE), None)
        if kind is None or frame.negative[at] or frame.topical[at] or frame.conditional(at) or at in counted:
            continue
        before, after = frame.terms[at - 1] if at else None, frame.terms[at + 1] if at + 1 < len(frame.terms) else None
        if frame.lexicon.verb_last:
            asked = (
                after is not None
                and after.norm.startswith(("で", "に", "形式", "と し", "と す"))
                and frame.governor[at] is not None
            )
        else:
            asked = (
                before is not None
                and before.has("word.link", "verb.be", "verb.display", "part.markdown", "word.of")
                and not before.has("amount.one")
            )
            asked = asked and not (kind == "numbered_list" and any(t.kind == "literal" for t in frame.terms))
            asked = asked and (after is None or not after.has("word.of", "part.title", "word.else"))
        if asked:
            only = {"only": True} if frame.has("word.else") and frame.has("word.not", "verb.avoid") else {}
            yield reading(frame, "format", {"kind": kind, **only}, at, at, scope="answer")
            return


_ALONE = {**_WHOLE, "part.code": "code", "unit.code_blocks": "code"}


def _alone(frame: Frame) -> Iterator[Reading]:
    """ "只给代码，不要解释", "整个回答就是一份列表，别的都不要": a form beside which nothing may stand."""
    for at, term in enumerate(frame.terms):
        kind = next((_ALONE[c] for c in sorted(term.concepts) if c in _ALONE), None)
        if kind is None or frame.negative[at] or frame.topical[at] or frame.conditional(at):
            continue
        before, behind = frame.terms[max(0, at - 4) : at], frame.terms[at + 1 : at + 2]
        only = any(t.has("word.only") for t in before) and any(
            t.has("verb.include", "verb.answer", "verb.write", "verb.display", "word.must", "word.request")
            or t.norm.endswith("要")
            for t in before
        )
        whole = (
            frame.has("word.else") and any(t.has("verb.be") for t in before) and frame.has("word.all", "part.answer")
        )
        counted = any(t.number is not None and t.number > 1 for t in before)
        if (
            (only or whole)
            and not counted
            and not any(t.kind != "punct" and not t.has("word.filler", "compare_after.exact") for t in behind)
        ):
            yield reading(frame, "format", {"kind": kind, "only": True}, at, at, scope="answer")
            return


def _one_per_line(frame: Frame) -> Iterator[Reading]:
    """ "列出十种动物，每行一个": as many lines as things."""
    each = [
        at
        for at in frame.find("unit.lines")
        if (at and frame.terms[at - 1].has("word.each")) or frame.terms[at].norm == "一 行"
    ]
    single = [at for at in each if any(t.number == 1 or t.has("amount.one") for t in frame.terms[at + 1 : at + 3])]
    if not single or frame.negative[single[0]]:
        return
    taken = {b.quantity.first for b in bound_quantities(frame) if b.unit not in ("items", "spans")}
    loose = [q for q in frame.quantities if q.last < single[0] and not q.weak and q.value > 1 and q.first not in taken]
    if len(loose) == 1 and not frame.topical[loose[0].first]:
        yield reading(
            frame, "count", {"of": "lines", **loose[0].interval.args()}, loose[0].first, single[0], scope="answer"
        )
