"""Japanese and Chinese wordings as native speakers put them, each with the exact clauses that it states."""

from __future__ import annotations

from typing import Any

import pytest

from lightwing.core.clause import ANSWER
from lightwing.spec.grammar import read_prompt

Gold = tuple[str, dict[str, Any]]


def count(of: str, low: int | None = None, high: int | None = None, **more: Any) -> Gold:
    bounds = {name: value for name, value in (("min", low), ("max", high)) if value is not None}
    return "count", {"of": of, **bounds, **more}


def words(*texts: str, **more: Any) -> Gold:
    return "keywords", {"words": list(texts), **more}


def without(*texts: str) -> Gold:
    return "forbidden", {"words": list(texts)}


def often(word: str, low: int | None = None, high: int | None = None) -> Gold:
    return "frequency", {"word": word, **{n: v for n, v in (("min", low), ("max", high)) if v is not None}}


def script(**sides: list[str]) -> Gold:
    return "script", dict(sides)


def mark(forbid: str) -> Gold:
    return "punctuation", {"forbid": forbid}


def style(name: str) -> Gold:
    return "sentence_style", {"style": name}


def ends(text: str) -> Gold:
    return "ends_with", {"text": text}


JAPANESE: list[tuple[str, list[Gold]]] = [
    # Length
    ("東京の下町について紹介文を書いてください。文字数は300文字以上とします。", [count("characters", 300)]),
    ("猫の習性を説明してください。回答は200字以内に収めること。", [count("characters", None, 200)]),
    ("抹茶の歴史を教えて。ただし、400文字未満でお願いします。", [count("characters", None, 399)]),
    ("全角で５００文字を超えるように、富士登山の体験記を書いてください。", [count("characters", 501)]),
    ("台風への備えを、150文字から250文字の間でまとめてください。", [count("characters", 150, 250)]),
    ("百人一首の魅力を語ってください。長さは八百字以下でなければなりません。", [count("characters", None, 800)]),
    ("梅干しの作り方を5文以内で説明してください。", [count("sentences", None, 5)]),
    ("文の数は少なくとも8つにして、祖父母への感謝の手紙を書いてください。", [count("sentences", 8)]),
    ("将棋のルールを、ちょうど6つの文で解説しなさい。", [count("sentences", 6, 6)]),
    ("3文未満で、光合成とは何かを答えてください。", [count("sentences", None, 2)]),
    ("回答には最低でも10文を含めるようにしてください。温泉のマナーについて。", [count("sentences", 10)]),
    # Paragraphs
    (
        "茶道の歴史を4つの段落で書いてください。段落はマークダウンの区切り線「***」で区切ってください。",
        [count("paragraphs", 4, 4, marker="***")],
    ),
    ("留学の利点を3段落で述べてください。各段落は***で分けること。", [count("paragraphs", 3, 3, marker="***")]),
    ("全部で5段落のエッセイにしてください。段落と段落の間は2つの改行で区切ります。", [count("paragraphs", 5, 5)]),
    (
        "京都の秋について二段落で書き、二番目の段落は「紅葉」という単語で始めてください。",
        [count("paragraphs", 2, 2), ("first_word", {"word": "紅葉", "scope": "paragraph:2"})],
    ),
    (
        "段落は3つだけで、それぞれ空行で区切ってください。第3段落の最初の単語は「結論」にしてください。",
        [count("paragraphs", 3, 3), ("first_word", {"word": "結論", "scope": "paragraph:3"})],
    ),
    (
        "4段落構成で書き、第2段落は必ず「しかし」という語から始めること。",
        [count("paragraphs", 4, 4), ("first_word", {"word": "しかし", "scope": "paragraph:2"})],
    ),
    # Words
    ("引っ越しの挨拶文を書いてください。「近所」「静か」という単語を必ず含めてください。", [words("近所", "静か")]),
    ("「自由」と「責任」というキーワードを両方使って、短いスピーチを作ってください。", [words("自由", "責任")]),
    (
        "夏祭りの思い出を書いてください。文中に「花火」、「浴衣」、「夜店」の三語を入れること。",
        [words("花火", "浴衣", "夜店")],
    ),
    (
        "回答では「絶対」や「必ず」といった言葉は使わないでください。投資の注意点を教えてください。",
        [without("絶対", "必ず")],
    ),
    ("コーヒーの淹れ方を説明してください。「お湯」という言葉を使ってはいけません。", [without("お湯")]),
    ("「寒い」という単語を一切使わずに、真冬の朝を描写してください。", [without("寒い")]),
    ("「雪」という語を少なくとも4回使って、詩を書いてください。", [often("雪", 4)]),
    ("「海」という言葉が３回以上出てくる童話を書いてください。", [often("海", 3)]),
    ("「挑戦」という単語を使う回数は2回以下にしてください。", [often("挑戦", None, 2)]),
    ("単語「未来」をちょうど五回使用してください。", [often("未来", 5, 5)]),
    ("「友情」という単語は3回未満しか使わないでください。", [often("友情", None, 2)]),
    # Scripts
    ("ひらがなだけで、かえるのおはなしを書いてください。", [script(only=["hiragana"])]),
    ("答えはすべて平仮名で書いてください。", [script(only=["hiragana"])]),
    ("回答全体をカタカナのみで記述してください。", [script(only=["katakana"])]),
    ("カタカナを一切使わずに、パソコンの使い方を説明してください。", [script(forbid=["katakana"])]),
    ("漢字を使わずに自己紹介をしてください。", [script(forbid=["han"])]),
    ("ひらがなを含まない文章で答えてください。", [script(forbid=["hiragana"])]),
    ("漢字は20字以内に抑えて、小学生向けに説明してください。", [count("kanji", None, 20)]),
    ("回答に使用する漢字は30文字未満にしてください。", [count("kanji", None, 29)]),
    ("少なくとも50個の漢字を用いて書いてください。", [count("kanji", 50)]),
    ("数字はすべて漢数字で表記してください。江戸時代の年表を作ってください。", [("numbers", {"style": "kansuji"})]),
    ("算用数字は使わず、漢数字を使ってください。", [("numbers", {"style": "kansuji"})]),
    ("すべての漢字の後に、括弧書きでふりがなを付けてください。", [("furigana", {})]),
    ("漢字には必ず（）で読み仮名を添えること。", [("furigana", {})]),
    # Marks
    ("句点を使わずに日記を書いてください。", [mark(".")]),
    ("読点「、」を一切使用しないで、自己紹介してください。", [mark(",")]),
    ("文章に句点「。」を含めてはいけません。", [mark(".")]),
    ("回答の中で読点を打たないでください。", [mark(",")]),
    # Lists and signs
    ("健康のための習慣を、箇条書きで5つ挙げてください。", [count("bullets", 5, 5)]),
    ("箇条書きの項目はちょうど4個にしてください。", [count("bullets", 4, 4)]),
    ("7項目の番号付きリストで、引っ越しの手順をまとめてください。", [count("numbered_items", 7, 7)]),
    ("番号付きリストを使い、ちょうど3つの項目を挙げてください。", [count("numbered_items", 3, 3)]),
    (
        "招待状の雛形を作ってください。[名前]のような角括弧で示したプレースホルダーを少なくとも3つ含めてください。",
        [count("placeholders", 3)],
    ),
    ("最低4つのプレースホルダーを[住所]のように角括弧で表してください。", [count("placeholders", 4)]),
    ("回答の最後に「P.S.」で始まる追伸を付け加えてください。", [("postscript", {"marker": "P.S."})]),
    ("文末に追伸を「追伸」という書き出しで添えてください。", [("postscript", {"marker": "追伸"})]),
    ("少なくとも3箇所をマークダウンで強調してください（例：*強調した箇所*）。", [count("highlights", 3)]),
    ("*このように*アスタリスクを使って、最低2つのセクションをハイライトしてください。", [count("highlights", 2)]),
    (
        "旅行計画を3つのセクションに分けて書いてください。各セクションの冒頭には「セクション 1」のように「セクション X」と記してください。",
        [count("sections", 3, 3, marker="セクション")],
    ),
    # Format
    ("回答全体をJSON形式で出力してください。", [("format", {"kind": "json"})]),
    ("出力はすべてJSONフォーマットで囲んでください。", [("format", {"kind": "json"})]),
    ("タイトルを二重山括弧で囲んで、<<旅の記録>>のように付けてください。", [("title", {})]),
    ("詩を書いてください。題名は『』で囲ってください。", [("title", {"marks": "『』"})]),
    ("物語には「」で括ったタイトルを付けなければなりません。", [("title", {"marks": "「」"})]),
    (
        "次の選択肢のいずれかで答えてください：「はい、そう思います。」「いいえ、そうは思いません。」「わかりません。」",
        [("choice", {"options": ["はい、そう思います。", "いいえ、そうは思いません。", "わかりません。"]})],
    ),
    (
        "「賛成です」「反対です」「中立です」のどれか一つを選んで回答してください。",
        [("choice", {"options": ["賛成です", "反対です", "中立です"]})],
    ),
    (
        "二通りの異なる回答を出してください。回答同士は六つのアスタリスク（******）で区切ること。",
        [("responses", {"min": 2, "max": 2, "separator": "******"})],
    ),
    ("俳句を2パターン作り、******で区切ってください。", [("responses", {"min": 2, "max": 2, "separator": "******"})]),
    # Edges
    (
        "回答は「以上、ご検討ください。」という文で終えてください。その後に他の言葉を続けないでください。",
        [ends("以上、ご検討ください。")],
    ),
    ("最後は必ず「またお会いしましょう」で締めくくること。", [ends("またお会いしましょう")]),
    ("手紙の結びの言葉は「敬具」にしてください。", [ends("敬具")]),
    ("回答全体を「」で囲んでください。", [("wrapped", {"open": "「", "close": "」"})]),
    ("返答はすべて鉤括弧で囲むようにしてください。", [("wrapped", {"open": "「", "close": "」"})]),
    ("文章はすべて体言止めにしてください。", [style("nominal")]),
    ("文末は「です・ます」調で統一してください。", [style("polite")]),
    ("だ・である調で書いてください。", [style("plain")]),
    ("英語だけで答えてください。日本語は使わないでください。", [("language", {"codes": ["en"]})]),
    ("回答はすべてヒンディー語で書き、他の言語は使用しないこと。", [("language", {"codes": ["hi"]})]),
    # No demands
    ("「侘び寂び」という言葉の意味を教えてください。", []),
    ("太宰治の『走れメロス』の主題について説明してください。", []),
    ("三人兄弟が10年ぶりに再会する物語を書いてください。", []),
    ("次の文を要約してください：「会議は3回に分けて行い、資料は5部用意してください。」", []),
    ("ひらがなとカタカナはいつ頃生まれたのですか。", []),
    ("「ありがとう」と「すみません」の使い分けを説明してください。", []),
    ("JSONとXMLの違いは何ですか。", []),
    ("漢字が苦手な生徒に、どう教えればよいでしょうか。", []),
    ("俳句の五七五という形式について教えてください。", []),
    ("1日に3回歯を磨くべき理由を教えてください。", []),
    # Other wordings
    (
        "お正月の過ごし方について、文字数120字以上180字以下で書いてください。",
        [count("characters", 120), count("characters", None, 180)],
    ),
    ("６００字程度の作文にしてください。", [count("characters", about=600)]),
    ("回答の長さは最大で350文字です。", [count("characters", None, 350)]),
    ("一文だけで答えてください。", [count("sentences", 1, 1)]),
    ("文の数が12を超えないようにしてください。", [count("sentences", None, 12)]),
    ("文は7つ未満にすること。", [count("sentences", None, 6)]),
    ("回答は十文以上二十文以内でお願いします。", [count("sentences", 10), count("sentences", None, 20)]),
    ("段落数は6とし、段落間には「***」を入れてください。", [count("paragraphs", 6, 6, marker="***")]),
    ("次の条件を守ってください。・三段落であること ・各段落は空行で区切ること", [count("paragraphs", 3, 3)]),
    ("第1段落は「春」という言葉で始まるようにしてください。", [("first_word", {"word": "春", "scope": "paragraph:1"})]),
    (
        "3番目の段落の最初の単語を「ところが」としてください。",
        [("first_word", {"word": "ところが", "scope": "paragraph:3"})],
    ),
    ("キーワードとして「再生可能」「電力」を盛り込んでください。", [words("再生可能", "電力")]),
    ("以下のキーワードを必ず含めること：地震、避難所、備蓄", [words("地震", "避難所", "備蓄")]),
    ("次の単語は使用禁止です：「最高」「最強」", [without("最高", "最強")]),
    ("「すごい」「やばい」は使用しないこと。", [without("すごい", "やばい")]),
    ("「失敗」という表現を避けて、経験談を書いてください。", [without("失敗")]),
    ("「ラーメン」というキーワードが4回より多く登場するようにしてください。", [often("ラーメン", 5)]),
    ("文中で「平和」を少なくとも三度は用いること。", [often("平和", 3)]),
    ("「約束」という言葉の使用は最大2回までとします。", [often("約束", None, 2)]),
    ("「光」という漢字を3回以上使ってください。", [often("光", 3)]),
    ("全文ひらがなで書いてください。", [script(only=["hiragana"])]),
    ("カタカナだけを用いて答えなさい。", [script(only=["katakana"])]),
    ("漢字とカタカナを使わず、ひらがなのみで回答してください。", [script(only=["hiragana"])]),
    ("ひらがなは一文字も使わないでください。", [script(forbid=["hiragana"])]),
    ("カタカナ語を使わないで説明してください。", [script(forbid=["katakana"])]),
    ("漢字の使用は10文字以下でお願いします。", [count("kanji", None, 10)]),
    ("漢字を最低25文字使うこと。", [count("kanji", 25)]),
    ("数字は漢数字のみ使用してください。", [("numbers", {"style": "kansuji"})]),
    ("漢字にはすべてルビを括弧で振ってください。", [("furigana", {})]),
    ("回答に句読点を使わないでください。", [mark(",.")]),
    ("「。」を使わずに書いてください。", [mark(".")]),
    ("読点は使用禁止です。", [mark(",")]),
    ("マークダウンの箇条書きで、ちょうど6つのポイントを示してください。", [count("bullets", 6, 6)]),
    ("要点を3つの箇条書きにしてください。", [count("bullets", 3, 3)]),
    ("番号付きの箇条書きで5項目にまとめてください。", [count("numbered_items", 5, 5)]),
    ("「1.」「2.」のような番号付きリストを用いて、8個の項目を書いてください。", [count("numbered_items", 8, 8)]),
    ("最後に「追伸」から始まる一文を加えてください。", [("postscript", {"marker": "追伸"})]),
    ("末尾にP.P.S.で始まる追伸を書いてください。", [("postscript", {"marker": "P.P.S."})]),
    ("JSON以外の出力はしないでください。", [("format", {"kind": "json"})]),
    ("<<タイトル>>のように二重の山括弧でタイトルを囲んでください。", [("title", {})]),
    ("回答には『』で囲まれた題名を含めること。", [("title", {"marks": "『』"})]),
    ("「はい」か「いいえ」だけで答えてください。", [("choice", {"options": ["はい", "いいえ"]})]),
    (
        "異なる二つの回答を示し、その間は「******」で区切ってください。",
        [("responses", {"min": 2, "max": 2, "separator": "******"})],
    ),
    ("まず依頼文を一字一句変えずに繰り返し、その後に回答してください。", []),
    ("最後の一文は「ご清聴ありがとうございました。」としてください。", [ends("ご清聴ありがとうございました。")]),
    ("「それでは、また来週。」という言葉で回答を終わらせること。", [ends("それでは、また来週。")]),
    ("回答の全体をかぎかっこ「」でくくってください。", [("wrapped", {"open": "「", "close": "」"})]),
    ("文末はすべて「です」または「ます」で終わるようにしてください。", [style("polite")]),
    ("回答は敬体で統一すること。", [style("polite")]),
    ("すべて常体で書きなさい。", [style("plain")]),
    ("韓国語のみで回答し、ほかの言語は一切使わないこと。", [("language", {"codes": ["ko"]})]),
    ("「おもてなし」の心とは何でしょうか。", []),
    ("「光陰矢の如し」を使った例文を教えてください。", []),
    ("村上春樹の『ノルウェイの森』と『海辺のカフカ』を比較してください。", []),
    ("次の文章を書き直してください：「私は毎朝六時に起き、三十分走ります。」", []),
    ("「行けたら行く」という返事は断りの意味ですか。", []),
    ("二千文字の漢字を覚えるのにどれくらいかかりますか。", []),
    ("箇条書きと文章、どちらが読みやすいですか。", []),
    ("カタカナの「ン」と「ソ」の見分け方を説明してください。", []),
    ("英語で「お疲れ様」はどう言いますか。", []),
    # Put aside, allowed, told of somebody: no demands
    ("300字ではなく200字以内で、和紙の歴史を説明してください。", [count("characters", None, 200)]),
    ("敬体ではなく常体で書いてください。", [style("plain")]),
    ("彼はメールの最後に必ず「では」と書きます。丁寧だと思いますか？", []),
    ("絵文字を使わない世代の特徴を説明してください。", []),
    ("漢数字とアラビア数字の使い分けを教えてください。", []),
    ("JSONとXMLの違いを説明してください。", []),
    ("カタカナを使ってもかまいません。カレーの作り方を教えて。", []),
    # What is refused, by the verb or by the act
    ("「絶対」という言葉を使うのは禁止です。", [without("絶対")]),
    ("「とても」「すごく」などの言葉に頼らず、夕焼けを描写してください。", [without("とても", "すごく")]),
    ("「挑戦」という語を外さないでください。", [words("挑戦")]),
    # Edges: behind their noun, before their verb
    ("冒頭に「拝啓」、末尾に「敬具」を置いて手紙を書いてください。", [("starts_with", {"text": "拝啓"}), ends("敬具")]),
    ("書き出しは「吾輩は」にして。", [("starts_with", {"text": "吾輩は"})]),
    # Options without quotes, scripts named together, words without quotes
    ("賛成か反対か、どちらか一方だけで答えて。", [("choice", {"options": ["賛成", "反対"]})]),
    ("ひらがなとカタカナだけで書いてください。", [script(only=["hiragana", "katakana"])]),
    ("紹介文には、温泉・紅葉・そばの三つの単語が必ず登場するようにしてください。", [words("温泉", "紅葉", "そば")]),
    ("キーワードは「海」「冒険」「友情」。この三つを使った短編を書いてください。", [words("海", "冒険", "友情")]),
]


CHINESE: list[tuple[str, list[Gold]]] = [
    ("请介绍一下杭州的西湖，字数控制在200字以内。", [count("characters", None, 200)]),
    ("写一封道歉信，不少于三百字。", [count("characters", 300)]),
    ("用恰好五句话解释什么是通货膨胀。", [count("sentences", 5, 5)]),
    ("文章请分成四段，段落之间用***隔开。", [count("paragraphs", 4, 4, marker="***")]),
    ("请务必提到“坚持”和“梦想”这两个词。", [words("坚持", "梦想")]),
    ("回答里不要出现“非常”二字。", [without("非常")]),
    ("“春天”一词至少要出现三次。", [often("春天", 3)]),
    ("全文不要使用逗号。", [mark(",")]),
    ("请以“期待您的回复。”结尾。", [ends("期待您的回复。")]),
    ("最后附上一段以“P.S.”开头的附言。", [("postscript", {"marker": "P.S."})]),
    ("请列出六个要点，用项目符号表示。", [count("bullets", 6, 6)]),
    ("整个回答请用JSON格式输出。", [("format", {"kind": "json"})]),
    ("请只用法语回答。", [("language", {"codes": ["fr"]})]),
    ("“画蛇添足”是什么意思？", []),
    ("把下面这句话翻译成英文：“请用三句话介绍你自己。”", []),
    ("一天喝八杯水真的有必要吗？", []),
]


def found(prompt: str) -> list[Gold]:
    readings = read_prompt(prompt)
    return [
        (r.check.name, {**dict(r.check.args), **({"scope": r.scope} if r.scope != ANSWER else {})}) for r in readings
    ]


def canonical(clauses: list[Gold]) -> list[str]:
    return sorted(repr((name, sorted((k, repr(v)) for k, v in args.items()))) for name, args in clauses)


@pytest.mark.parametrize(("prompt", "gold"), JAPANESE + CHINESE)
def test_wording_reads_as_its_clauses(prompt: str, gold: list[Gold]) -> None:
    assert canonical(found(prompt)) == canonical(gold)
