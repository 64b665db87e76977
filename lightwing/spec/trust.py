"""Which exact readings hold for every answer of an assistant.

In a bare prompt "at most 50 words" is about the answer. In an instruction document it is often about something else: a title, a file, an example. There a
reading is kept only where nothing in its statement points elsewhere; else the statement stays judged. A wrong exact check does harm, a judged one costs
a call.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lightwing.core.clause import CheckCall, Span
from lightwing.spec.duties.cues import Cues
from lightwing.spec.grammar import ExactReading
from lightwing.spec.text.sentences import quoted

__all__ = ["Place", "agreed", "bars_answers", "holds_for_answers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a statement stands: its label and the words that introduce it and head it (`above`), whether it is a list item, where it begins
    (label and all), whether it names a condition (`conditional`), and whether it is nothing but a measure (`whole`)."""

    above: str = ""
    item: bool = False
    begins: int | None = None
    conditional: bool = False
    whole: bool = False


_WORDY = re.compile(
    r"\b(?:word|words|keyword|keywords|palabras? clave|mots?[- ]clés?|phrase|phrases|term|terms|say|saying|utter|mention|palabras?|frases?|mots?|expressions?|diga|digas|dis|dites)\b|词|詞|字眼|关键词|關鍵詞|短语|用语|说|語|言葉|単語|フレーズ|キーワード",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(
    r"\b(?:respond|answer|reply|write|speak|communicate|talk|output|language|chat|responses?|answers?|replies|respon\w+|contest\w+|escrib\w+|habl\w+|idioma|répon\w+|écri\w+|parle\w*|langue)\b|回答|回复|回覆|输出|语言|語言|使用|呈现|呈現|答|話|言語|書",
    re.IGNORECASE,
)
_CASE = re.compile(
    r"\b(?:lower ?-?case|upper ?-?case|lowcaps|all caps|capital|capitals|minúsculas?|mayúsculas?|minuscules?|majuscules?)\b|小写|大写|小文字|大文字",
    re.IGNORECASE,
)
_NOT_ALL_CAPS = re.compile(
    r"\b(?:not?|never|avoid|don['’]?t|no|nunca|evita|pas|jamais)\b.{0,24}\b(?:all[- ]caps|all capitals|todo en mayúsculas|tout en majuscules)\b|不.{0,6}(?:全部?大写|全大写)",
    re.IGNORECASE,
)
"""What bars shouting leaves capitals where they belong."""
_NOTHING = re.compile(r"\b(?:nothing|none|nada|rien)\b", re.IGNORECASE)
_INPUT = re.compile(
    r"\b(?:upload\w*|attached|read|parse|input|convert|import|api|request|download\w*|file|files|save|query)\b|上传|读取|アップロード",
    re.IGNORECASE,
)
_FREE_END = re.compile(
    r"\s*(?:$|[.,;:!?)。，；！）、]|(?:in|per|and|or|but|each|every|at|only|max|maximum|total|long|or less|or fewer|or more|unless|if|when|y|o|por|en|et|ou|par|dans)\b)"
    r"|\s*(?:of|from|de|du|des)\s+(?:(?:the|your|each|every|la|las|tu|su|cada|le|les|ta|votre|chaque)\s+)?(?:answers?|responses?|repl(?:y|ies)|respuestas?|réponses?)\b",
    re.IGNORECASE,
)
"""What may follow a measure that nothing narrows: an end, a joint, the answer itself."""
_SAID_BOLD = re.compile(r"\b(?:in|en)\s+\**(?:bold|negritas?|gras)\b|粗体|粗體|加粗|太字", re.IGNORECASE)
_ANSWER = re.compile(
    r"\b(?:answers?|responses?|repl(?:y|ies)|outputs?|messages?|respuestas?|mensajes?|salida|réponses?|sortie)\b|回答|回复|回覆|输出|輸出|答复|返答|返信|応答|出力",
    re.IGNORECASE,
)
_WRITES = re.compile(
    r"\b(?:respond|answer|reply|write|speak|keep|stay|limit|use|be|explain|exceed|respon\w+|escrib\w+|contest\w+|répon\w+|écri\w+|super\w+|dépass\w+)\b|答|写|書|回|述|まとめ|以内|全文|篇幅|字数",
    re.IGNORECASE,
)
_USER_WRITES = re.compile(
    r"\busers?\s+(?:to\s+)?(?:write|answer|speak|reply|respond|learn|practi[cs]e)\b|\bfai(?:s|t|re|tes) (?:parler|écrire|répondre)\b"
    r"|\bha(?:z|ce|cer|ga) (?:que )?(?:hablar|escribir|hable|escriba)\b|让(?:用户|学员|学生|对方)",
    re.IGNORECASE,
)
_ONE_OFF = re.compile(r"\W*(?:first|then|next|finally|start by|begin by|after that|once)\b", re.IGNORECASE)
_PER_ANSWER = re.compile(
    r"\b(?:per|in each|in every|each|every|in a|in one) (?:answer|reply|response|message|turn)\b|\bat a time\b|\bat once\b"
    r"|\bpar (?:message|réponse|tour)\b|\bà la fois\b|\bpor (?:mensaje|respuesta|turno)\b|\ba la vez\b|每一?[轮次条]|一次(?:只|最多|至多)|一度に|一回に|毎回",
    re.IGNORECASE,
)
_EXACTLY = re.compile(
    r"\b(?:exactly|always|must|precisely|exactement|exactamente|toujours|siempre)\b|必须|必須|恰好|正好|固定|ちょうど|必ず",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"\b(?:instead|rather than|not|never|au lieu|plutôt que|jamais|en lugar|en vez|nunca)\b|改说|改用|改称|而不是|代わり|ではなく|不",
    re.IGNORECASE,
)
_EVEN_IF = re.compile(
    r"\b(?:even if|even when|even though|no matter|regardless|whatever|although|même si|même quand|peu importe|aunque|incluso si|sea cual sea)\b"
    r"|哪怕|即使|即便|无论|無論|不管|就算|たとえ|であっても",
    re.IGNORECASE,
)
_OFTEN_OTHER = frozenset(
    {
        "images",
        "tables",
        "code_blocks",
        "numbers",
        "quotations",
        "sections",
        "headings",
        "table_rows",
        "table_columns",
        "items",
        "verses",
        "stanzas",
    }
)
_OBJECTS_TOO = frozenset({"tables", "table_rows", "table_columns"})
_CHARACTERS = re.compile(r"\b(?:characters?|caracteres?|caractères?)\b|字符|文字", re.IGNORECASE)
"""Units whose name is that of another thing as well: a table of data, characters of a story."""
_TABLES = re.compile(r"\b(?:tables?|tablas?|tableaux?)\b|表格|表", re.IGNORECASE)
_PERSONS = re.compile(
    r"\b(?:users?|players?|usuari[oa]s?|jugador(?:es)?|utilisateurs?|joueurs?)\b|用户|用戶|玩家|ユーザー|プレイヤー",
    re.IGNORECASE,
)
_SHORT = 60
"""Characters of what may follow a label."""
_ENDS = re.compile(
    r"\b(?:end|finish|close|start|open|begin|termin\w+|acab\w+|empie\w+|comien\w+|fini\w+|commenc\w+)\b|结尾|收尾|结束|开头|終わ|締め|始め",
    re.IGNORECASE,
)
"""Where a bar on questions bars one place of the answer only: "never end with a question"."""
_EDGE_BARRED = {
    "ja": re.compile(
        r"(?:始め|始まら|終わら|終え|締め|閉じ|結ば|書か|置か|使わ|付け|つけ)(?:ない|ません|ず|ぬ|て(?:は|も)?(?:いけ|なら|だめ|ダメ))(?!といけ|とな)|(?:始め|終え|締め|閉じ|終わ)るな(?!ら)|禁止|不可|厳禁|避け"
    ),
    "zh": re.compile(r"(?:不要|不得|不能|不可|不许|不准|禁止|严禁|切勿|避免|别)(?!忘|漏|缺|少|省)"),
}
"""Words that bar an edge of the answer where the grammar hears its demand alone: 「はい」で始めない, 结尾不要写“…”."""
_COMMA = re.compile(r"[,;，；、]")
_SUCH_AS = re.compile(r"[”」』»\"](?:这种|这类|这样的|那种|那样的|式的|のような)")
"""What is quoted is an example of what is barred."""
_POSITION = re.compile(r"(?:first_line|last_line|(?:line|sentence|paragraph):-?\d+)$")
"""Scopes that name a place of the answer themselves."""
_ANSWERS_QUESTIONS = re.compile(
    r"\b(?:answer|respond to|handle|take)\s+(?:no|any|the|all)?\s*(?:more\s+|other\s+)?questions?\b", re.IGNORECASE
)
_NEVER_NARROWED = frozenset({"emojis", "hashtags", "exclamations", "bullets"})
_LENGTH = frozenset({"words", "characters", "sentences", "paragraphs", "letters"})
_MARKS = frozenset(
    {
        "starts_with",
        "ends_with",
        "first_word",
        "last_word",
        "postscript",
        "wrapped",
        "frequency",
        "heading",
        "letter",
    }
)
_TRUSTED = frozenset(
    {
        "count",
        "language",
        "letter_case",
        "punctuation",
        "ending",
        "format",
        "json_schema",
        "json_keys",
        "script",
        "dates",
        "numbers",
        "units",
    }
    | {
        "columns",
        "responses",
        "link_domains",
        "citations",
        "address",
        "sentence_style",
        "choice",
        "keywords",
        "forbidden",
        "title",
    }
)
"""Checks that speak of an answer as such. The others (palindromes, acrostics, a programming language …) are in a document nearly always about one thing in it."""


def holds_for_answers(reading: ExactReading, text: str, span: Span, cues: Cues, *, place: Place | None = None) -> bool:
    """Whether the main clause at `span` demands this of every answer (or of every one under its condition, which stands before it)."""
    if reading.span.start < span.start:
        if place is None or place.begins is None or place.conditional:
            return False
        span = Span(place.begins, span.end)
    words = span.cut(text)
    name, args = reading.check.name, reading.check.args
    if name not in _TRUSTED | _MARKS or (reading.scope.startswith("response:") and reading.scope != "response:1"):
        return False
    plain = _unquoted(words)
    about_answer = _ANSWER.search(plain) is not None
    if cues.match("other_objects").search(_objects(reading, text, plain)) and not about_answer:
        return False
    if _under_even_if(reading, text, span, cues) or _edge_denied(reading, text, span, cues):
        return False
    if name == "choice":
        return all(_is_quoted(option, words) for option in args["options"])
    if name == "forbidden":
        return all(_is_quoted(word, words) for word in args["words"]) and not _SUCH_AS.search(words)
    if name == "numbers" and args.get("style") in ("kansuji", "words"):
        return (
            cues.match("negative").search(text, _clause_start(text, span, reading.span.start), reading.span.start)
            is None
        )
    if name == "keywords":
        return _WORDY.search(words) is not None and all(_is_quoted(word, words) for word in args["words"])
    if name == "letter" and not str(args["letter"]).isalnum():
        return cues.spaced is False or _FREE_END.match(text, reading.span.end, span.end) is not None
    if name == "responses":
        return _is_quoted(str(args.get("separator")), words)
    if name in _MARKS:
        return any(_is_quoted(str(value), words) for value in args.values())
    bare = place is not None and _bare(reading, span, place, cues)
    if name == "language":
        speaks = bare or _LANGUAGE.search(f"{place.above if place is not None else ''} {words}") is not None
        return speaks and len(args["codes"]) == 1 and _USER_WRITES.search(words) is None
    if name == "columns":
        due = about_answer or (place is not None and place.conditional) or cues.match("every_turn").search(words)
        return bool(due) and all(_is_quoted(column, words) for column in args["names"])
    if name == "letter_case" and args["case"] == "lower" and _NOT_ALL_CAPS.search(words):
        return False
    if name == "letter_case" and args["case"] == "upper" and _NOTHING.search(words):
        return False
    if name == "letter_case":
        return _CASE.search(words) is not None
    if name in ("format", "json_schema", "json_keys"):
        return _INPUT.search(words) is None
    if name == "count":
        return _count_holds(reading, text, span, cues, about_answer=about_answer or bare)
    return True


def bars_answers(reading: ExactReading) -> bool:
    """Whether a bar that stands below "Never:" can be one on the answer: what must not be *asked for* is no such thing."""
    return reading.check.name in _TRUSTED | _MARKS


def _clause_start(text: str, span: Span, at: int) -> int:
    return max([span.start, *(m.end() for m in _COMMA.finditer(text, span.start, at))])


def _objects(reading: ExactReading, text: str, plain: str) -> str:
    """The words of a clause in which something else than the answer may be named: without the unit that is counted ("characters", "tables"), without the
    words that introduce barred or wanted words, and without the person who is addressed."""
    name, args = reading.check.name, reading.check.args
    if name in ("keywords", "forbidden", "frequency"):
        return _WORDY.sub(" ", plain)
    if args.get("of") == "characters":
        return _CHARACTERS.sub(" ", plain)
    if name == "columns" or (name == "count" and args.get("of") in _OBJECTS_TOO):
        return _TABLES.sub(" ", plain.replace(reading.span.cut(text), " "))
    return _PERSONS.sub(" ", plain) if name in ("address", "sentence_style", "language") else plain


def _under_even_if(reading: ExactReading, text: str, span: Span, cues: Cues) -> bool:
    """Whether a reading stands in "even if the user writes in French", or behind it where no comma ends it."""
    even_if = _EVEN_IF.search(text, span.start, span.end)
    if even_if is None or even_if.start() >= reading.span.start:
        return False
    comma = re.compile("[,，、]").search(text, even_if.end(), reading.span.start)
    return comma is None or (cues.spaced and even_if.start() > span.start)


def _edge_denied(reading: ExactReading, text: str, span: Span, cues: Cues) -> bool:
    """Whether words around the quoted edge of an answer bar it."""
    barred = _EDGE_BARRED.get(cues.language)
    if barred is None or reading.check.name not in ("starts_with", "ends_with", "first_word", "last_word"):
        return False
    start = _clause_start(text, span, reading.span.start)
    stop = re.compile("[，,、。；;]").search(text, reading.span.end, span.end)
    around = text[start : stop.start() if stop is not None else span.end]
    return barred.search(_unquoted(around)) is not None


def agreed(readings: Sequence[ExactReading], words: str) -> list[ExactReading]:
    """The trusted readings of one statement, made to agree: of two readings of the same words the fuller one, no word that stands in for a barred one, a
    limit on questions as a limit."""
    names = {r.check.name for r in readings}
    kept = []
    for r in readings:
        name, args = r.check.name, r.check.args
        if name == "choice" and names & {"json_keys", "columns", "forbidden"}:
            continue
        if name == "keywords" and _INSTEAD.search(_unquoted(words)):
            continue
        if args.get("of") == "highlights" and _SAID_BOLD.search(words):
            if any(other.check.args.get("of") == "bold" for other in readings):
                continue
            r = replace(r, check=CheckCall(name=name, args={**args, "of": "bold"}))
        if name == "columns":
            r = replace(r, check=CheckCall(name=name, args={**args, "ordered": True}))
        asked = name == "count" and args.get("of") == "questions" and args.get("min") and args.get("max")
        if asked and _PER_ANSWER.search(words) and not _EXACTLY.search(words):
            r = replace(r, check=CheckCall(name=name, args={k: v for k, v in args.items() if k != "min"}))
        kept.append(r)
    return kept


def _bare(reading: ExactReading, span: Span, place: Place, cues: Cues) -> bool:
    """Whether a statement is hardly more than the measure ("Two short paragraphs at most."), or stands behind a label or below a heading that names a
    property of answers ("Length: …"), and nothing above it names another thing."""
    if cues.match("other_objects").search(place.above) and not _ANSWER.search(place.above):
        return False
    if cues.match("labels").search(place.above) is not None and span.end - span.start <= _SHORT:
        return True
    return place.whole or 2 * (reading.span.end - reading.span.start) >= span.end - span.start


def _count_holds(reading: ExactReading, text: str, span: Span, cues: Cues, *, about_answer: bool) -> bool:
    """Lengths where the sentence is about answering; other things where nothing narrows them down ("… questions about the file")."""
    unit = reading.check.args.get("of")
    words = span.cut(text)
    if _POSITION.match(reading.scope):
        return True
    narrowed = cues.spaced and unit not in _NEVER_NARROWED and _FREE_END.match(text, reading.span.end, span.end) is None
    if _ONE_OFF.match(text, span.start, span.end) and not about_answer:
        return False
    if unit in _LENGTH:
        parts = reading.scope.startswith("each_") and not narrowed
        return about_answer or parts or (not narrowed and _WRITES.search(words) is not None)
    if unit == "questions" and (_ANSWERS_QUESTIONS.search(words) or _ENDS.search(words)):
        return False
    about_answer = about_answer or (unit == "questions" and _PER_ANSWER.search(words) is not None)
    if unit == "links" and reading.check.args.get("max") == 0:
        return about_answer or (not narrowed and (cues.spaced or span.end - reading.span.end <= 2))
    return not narrowed and unit not in ("links", "lines") and (about_answer or unit not in _OFTEN_OTHER)


def _is_quoted(literal: str, words: str) -> bool:
    """Whether the literal stands in quotes in the statement (not in backticks: there it is code)."""
    at = words.find(literal)
    while at > 0 and words[at - 1] in " \u00a0\u202f":
        at -= 1
    if at <= 0:
        return False
    return (words[at - 1] in "\"“「『'‘«" and any(a < at < b for a, b in quoted(words, 0, len(words)))) or words[
        at - 1
    ] in "'‘"


def _unquoted(words: str) -> str:
    for a, b in reversed(quoted(words, 0, len(words))):
        words = words[:a] + " " + words[b:]
    return words
