"""Writing systems: which characters belong to which, and the check `script`."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lightwing.checks.base import ExactCheck
from lightwing.checks.text import HAN
from lightwing.core.clause import Span
from lightwing.core.outcome import PASS, Outcome, fail, unknown

__all__ = ["SCRIPTS", "Script", "without_accents"]

# Common characters whose two forms differ; what is in neither list is common to both.
_SIMPLIFIED = "万与专业丛东丝丢两严丧个丰临为丽举义乌乐乔习乡书买乱争于亏云亚产亩亲亿仅从仓仪们价众优伙会伞伟传伤伦伪体余佣侠侣侦侧侨俩债倾偿储儿兑党兰关兴养兽内冈册写军农冯冲决况冻净凉减凑凤凭凯击凿刘则刚创删别剂剑剧劝办务动励劲劳势勋匀区医华协单卖卢卫厂厅历厉压厌厕县参双发变叙台叶号叹吓吕吗听启吴呐员呜响唤啸团园围国图圆圣场坏块坚坛坝坟坠垄垒堕墙壮声壳处备够头夹夺奋奖妆妇妈娱婴孙学宁宝实宠审宪宫宽宾对寻导寿将尔尘尝层屉届属岁岂岗岛岭峡币帅师帐帘带帮库应庙庞废开异弃张弹强归当录彻径忆忧怀态怜总恋恶恼悬惊惧惨惯愤愿戏战户扑执扩扫扬扰抚抛抢护报担拟拢拥择挂挡挣挤挥损换据掷携摄摆摇敌数斗斩断无旧时旷显晓晕暂术机杀杂权条来杨极构枪柜柠标栋栏树样档桥梦检楼榄横欢欧歼残毁毕气汇汉汤沟没沪泪泼泽洁洒浅浆浇测济浑浓涂涛润涨渐渔湾湿满滚滞滤滥潜灭灯灵灾炉点炼烂烟烦烧热爱爷牵犹狭狮独猎猪献玛环现电画畅疗疯痒痴癣盏盐监盖盘睁矫码砖础确碍礼祸离种积称稳穷窃窝竞笔笼筑签简类粮紧红约级纪纯纱纲纳纷纸线练组细织终绍经结绕绘给络绝统继绩绪续维综绿缓编缘缩缺网罗罚职联聪肃肠肤胁胜脉脏脑脚脱脸艺节芦苏苹范茧药获营萧蓝虏虑虽虾蚀补装观规视览觉触订认讨让训议讯记讲许论设访证评识诉词试诗话诚该详语误说请诸读课谁调谈谊谋谓谢谣谱贝负贡财责贤败货质贩贪购贯贱贴贵贷贸费贺资赏赔赖赚赛赞赵赶趋跃践踪车轨转轮软轰轻载较辅辆辈输辞边辽达迁过运还这进远违连迟适选递逻遗邓邮邻郑释里钟钢钱铁铃铜银锁错键镇镜长门闪闭问闲间闷闹闻阅阔队阳阴阵阶际陆陈险随隐难雾静韩页顶项顺须顾顿预领颇频颗题额颜风飞饭饮饰饱饼馆驱驶驻驾验骂骑骗骚鱼鲁鲜鸟鸡鸣鸭鸿鹅麦黄齐齿龄龙龟"
_TRADITIONAL = "萬與專業叢東絲丟兩嚴喪個豐臨為麗舉義烏樂喬習鄉書買亂爭於虧雲亞產畝親億僅從倉儀們價眾優夥會傘偉傳傷倫偽體餘傭俠侶偵側僑倆債傾償儲兒兌黨蘭關興養獸內岡冊寫軍農馮沖決況凍淨涼減湊鳳憑凱擊鑿劉則剛創刪別劑劍劇勸辦務動勵勁勞勢勳勻區醫華協單賣盧衛廠廳歷厲壓厭廁縣參雙發變敘臺葉號嘆嚇呂嗎聽啟吳吶員嗚響喚嘯團園圍國圖圓聖場壞塊堅壇壩墳墜壟壘墮牆壯聲殼處備夠頭夾奪奮獎妝婦媽娛嬰孫學寧寶實寵審憲宮寬賓對尋導壽將爾塵嘗層屜屆屬歲豈崗島嶺峽幣帥師帳簾帶幫庫應廟龐廢開異棄張彈強歸當錄徹徑憶憂懷態憐總戀惡惱懸驚懼慘慣憤願戲戰戶撲執擴掃揚擾撫拋搶護報擔擬攏擁擇掛擋掙擠揮損換據擲攜攝擺搖敵數鬥斬斷無舊時曠顯曉暈暫術機殺雜權條來楊極構槍櫃檸標棟欄樹樣檔橋夢檢樓欖橫歡歐殲殘毀畢氣匯漢湯溝沒滬淚潑澤潔灑淺漿澆測濟渾濃塗濤潤漲漸漁灣濕滿滾滯濾濫潛滅燈靈災爐點煉爛煙煩燒熱愛爺牽猶狹獅獨獵豬獻瑪環現電畫暢療瘋癢癡癬盞鹽監蓋盤睜矯碼磚礎確礙禮禍離種積稱穩窮竊窩競筆籠築簽簡類糧緊紅約級紀純紗綱納紛紙線練組細織終紹經結繞繪給絡絕統繼績緒續維綜綠緩編緣縮缺網羅罰職聯聰肅腸膚脅勝脈臟腦腳脫臉藝節蘆蘇蘋範繭藥獲營蕭藍虜慮雖蝦蝕補裝觀規視覽覺觸訂認討讓訓議訊記講許論設訪證評識訴詞試詩話誠該詳語誤說請諸讀課誰調談誼謀謂謝謠譜貝負貢財責賢敗貨質販貪購貫賤貼貴貸貿費賀資賞賠賴賺賽贊趙趕趨躍踐蹤車軌轉輪軟轟輕載較輔輛輩輸辭邊遼達遷過運還這進遠違連遲適選遞邏遺鄧郵鄰鄭釋裡鐘鋼錢鐵鈴銅銀鎖錯鍵鎮鏡長門閃閉問閒間悶鬧聞閱闊隊陽陰陣階際陸陳險隨隱難霧靜韓頁頂項順須顧頓預領頗頻顆題額顏風飛飯飲飾飽餅館驅駛駐駕驗罵騎騙騷魚魯鮮鳥雞鳴鴨鴻鵝麥黃齊齒齡龍龜"
_ONLY_SIMPLIFIED = "".join(sorted(set(_SIMPLIFIED) - set(_TRADITIONAL) - set("于云里台范余后系面谷斗才丑")))
_ONLY_TRADITIONAL = "".join(sorted(set(_TRADITIONAL) - set(_SIMPLIFIED)))
SIMPLIFIED_OF: Mapping[str, str] = {
    t: s for t, s in zip(_TRADITIONAL, _SIMPLIFIED, strict=True) if t in _ONLY_TRADITIONAL
}
"""The simplified form of each common sign that only traditional print has."""

SCRIPTS: Mapping[str, str] = {
    "latin": r"A-Za-zªºÀ-ÖØ-öø-\u02af\u1e00-\u1eff\ufb00-\ufb06Ａ-Ｚａ-ｚ",
    "cyrillic": r"\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f",
    "greek": r"\u0370-\u0373\u0376\u0377\u037b-\u037d\u0386\u0388-\u03ff\u1f00-\u1fff",
    "hiragana": r"\u3041-\u3096\u309d-\u309f",
    "katakana": r"\u30a1-\u30fa\u30fd-\u30ff\u31f0-\u31ff\uff66-\uff6f\uff71-\uff9d",
    "han": HAN,
    "simplified_han": re.escape(_ONLY_SIMPLIFIED),
    "traditional_han": re.escape(_ONLY_TRADITIONAL),
    "hangul": r"\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7a3",
    "arabic": r"\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "hebrew": r"\u05d0-\u05ea\u05ef-\u05f2\ufb1d-\ufb4f",
    "devanagari": r"\u0904-\u0939\u0958-\u0961\u0971-\u097f",
    "bengali": r"\u0985-\u09b9\u09dc-\u09e1\u09f0\u09f1",
    "gurmukhi": r"\u0a05-\u0a39\u0a59-\u0a5e\u0a72-\u0a74",
    "gujarati": r"\u0a85-\u0ab9\u0ae0\u0ae1",
    "tamil": r"\u0b85-\u0bb9",
    "telugu": r"\u0c05-\u0c39\u0c58-\u0c61",
    "kannada": r"\u0c85-\u0cb9\u0cde-\u0ce1",
    "malayalam": r"\u0d05-\u0d3a\u0d5f-\u0d61\u0d7a-\u0d7f",
    "thai": r"\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46",
    "georgian": r"\u10a0-\u10ff\u1c90-\u1cbf",
    "armenian": r"\u0531-\u0556\u0561-\u0587",
    "ethiopic": r"\u1200-\u135a",
    "khmer": r"\u1780-\u17b3",
    "digits": r"0-9０-９٠-٩۰-۹०-९০-৯",
    "accents": r"À-ÅÇ-ÏÑ-ÖÙ-Ýà-åç-ïñ-öù-ýÿĀ-ďĒ-ĥĨ-İĴ-ķĹ-ľŃ-ňŌ-őŔ-ťŨ-žƠơƯưǍ-ǜǞ-ǣǦ-ǰǴǵǸ-țȞȟȦ-ȳ\u0300-\u0304\u0306-\u030c\u0327\u0328\u1e00-\u1e99\u1ea0-\u1ef9",
    "emojis": r"\u2600-\u27bf\u2b50\u2b55\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff",
    "ascii": r"\x00-\x7f",
}
"""Character classes by name, as the inside of a bracket of a pattern."""

_NOT_LETTERS = ("digits", "accents", "emojis", "ascii")
_SAMPLES: Mapping[str, str] = {
    "latin": "river", "cyrillic": "река", "greek": "νερό", "hiragana": "ひらがな", "katakana": "カタカナ", "han": "山水", "simplified_han": "国学", "traditional_han": "國學",
    "hangul": "나무", "arabic": "كتاب", "hebrew": "ספר", "devanagari": "नदी", "bengali": "নদী", "gurmukhi": "ਨਦੀ", "gujarati": "નદી", "tamil": "நதி", "telugu": "నది",
    "kannada": "ನದಿ", "malayalam": "നദി", "thai": "น้ำ", "georgian": "წყალი", "armenian": "ջուր", "ethiopic": "ውሃ", "khmer": "ទឹក", "digits": "27", "accents": "é",
    "emojis": "🚀", "ascii": "river",
}  # fmt: skip
_INSIDE: Mapping[str, tuple[str, ...]] = {
    "latin": ("accents",),
    "han": ("simplified_han", "traditional_han"),
    "ascii": ("digits",),
}
"""Classes that lie, wholly or for the greater part, within another."""


_SHOWN = 20
"""Failing places that an outcome marks; an answer in the wrong script has no others."""


@lru_cache(maxsize=256)
def _member(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("[" + "".join(SCRIPTS[name] for name in names) + "]")


@lru_cache(maxsize=256)
def _outside(names: tuple[str, ...]) -> re.Pattern[str]:
    """Characters that answers in these classes alone may not have: other letters (for ascii: any other character)."""
    inside = "".join(SCRIPTS[name] for name in names)
    if "ascii" in names:
        return re.compile(f"[^{inside}]")
    others = [name for name in SCRIPTS if name not in _NOT_LETTERS and name not in names]
    if "han" in names:
        others = [name for name in others if not name.endswith("_han")]
    elif "simplified_han" in names or "traditional_han" in names:
        others = [name for name in others if name != "han"]
    return re.compile("[" + "".join(SCRIPTS[name] for name in others) + "]")


def without_accents(text: str) -> str:
    """The text with plain letters for those with diacritics; other scripts keep their marks.

    >>> without_accents("Café, Ñandú, が")
    'Cafe, Nandu, が'
    """
    accented = _member(("accents",))
    return "".join(
        (unicodedata.normalize("NFD", c)[0] if not unicodedata.combining(c) else "") if accented.match(c) else c
        for c in text
    )


@dataclass(frozen=True, kw_only=True)
class Script(ExactCheck):
    """Writing systems that alone are allowed (`only`: other letters do not occur), or that do not occur (`forbid`)."""

    only: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()

    def check_arguments(self) -> None:
        if not self.only and not self.forbid:
            raise self.refuse("only", "given, or 'forbid'")
        for argument, names in (("only", self.only), ("forbid", self.forbid)):
            for name in names:
                if name not in SCRIPTS:
                    raise self.refuse(argument, f"a list of {', '.join(SCRIPTS)}; got {name!r}")
        if "accents" in self.only:
            raise self.refuse("only", "scripts; 'accents' can be forbidden only")
        if set(self.only) & set(self.forbid):
            raise self.refuse("forbid", "other scripts than those of 'only'")

    def _bad(self, text: str) -> list[Span]:
        found: list[Span] = []
        if self.only:
            found += [Span(*m.span()) for m in islice(_outside(self.only).finditer(text), _SHOWN)]
        if self.forbid:
            found += [Span(*m.span()) for m in islice(_member(self.forbid).finditer(text), _SHOWN)]
        return sorted(set(found))

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        if text.isascii() and self._ascii_is_fine():
            return PASS if complete else unknown()
        bad = self._bad(text)
        if not bad:
            return PASS if complete else unknown()
        shown = " ".join(dict.fromkeys(span.cut(text) for span in bad))[:40]
        rule = f"use {' and '.join(self.only)} only" if self.only else f"use no {' and no '.join(self.forbid)}"
        return fail(
            f"The answer has characters that are not allowed ({shown}); {rule.replace('_', ' ')}.", *bad[:_SHOWN]
        )

    def _ascii_is_fine(self) -> bool:
        allowed = not self.only or bool({"latin", "ascii"} & set(self.only))
        return allowed and not {"latin", "digits", "ascii"} & set(self.forbid)

    def fix_text(self, text: str) -> str | None:
        """Accents can be taken off; nothing else."""
        return without_accents(text) if self.forbid == ("accents",) and not self.only else None

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        if self.only:
            allowed = (
                [n for n in self.only if not _member(self.forbid).search(_SAMPLES[n])]
                if self.forbid
                else list(self.only)
            )
            for name in allowed:
                yield f"{_SAMPLES[name]}."
            yield " ".join(_SAMPLES[name] for name in allowed)
            return
        for name, sample in _SAMPLES.items():
            if name not in self.forbid and not _member(self.forbid).search(sample):
                yield sample if "ascii" in self.forbid else f"{sample}."

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        for name in self.forbid:
            yield f"{_SAMPLES[name]}."
        if self.only:
            lead = _SAMPLES[self.only[0]]
            for name, sample in _SAMPLES.items():
                if name in self.only or name in _NOT_LETTERS:
                    continue
                if any(name in _INSIDE.get(mine, ()) or mine in _INSIDE.get(name, ()) for mine in self.only) or (
                    "ascii" in self.only and name == "latin"
                ):
                    continue
                yield f"{lead} {sample}"
