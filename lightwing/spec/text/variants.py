"""Traditional Chinese signs and their simplified forms: a lexicon is written in one of the two, and looked up in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lightwing.checks.scripts import SIMPLIFIED_OF
from lightwing.spec.text.tokens import Token

__all__ = ["in_simplified"]

_MORE = (
    "裏後復複覆並麼盡幾説著彙譯韻劃鏈驟諾謎謹賦頌諺輯綴爲髮髒溫鈕徵準鬆製係繫牠佔佈託採慾遊昇剋週註誌纔穀麵齣儘迴乾幹曆穫飢藉劄弔倣傑巖鍊菸皁繡纖纜謄諧謙諷詠謬賄贈賜蹺軀辯鬱醞釀鑲錦鋒鑰銷銳闖闡隸雛韌頒飄饋駁驕鯨鷹誕誘詐誦誡貞賃締繳繹綿綻繽産衞峯羣牀釐樑竅絨蟲蠟襪讚鋪鬚饅箋滷餃餡鍋壺燭懺懲懾摯擱斂晝棲樁橢檻滄瀉澀淵滲灘瀾熾煥璽瑣癮皺瞇瞞礦碩禪穢豎篩紋紳綁繩綢緞縫纏罷羨翹聳膽脹艦薦榮熒蓮蘿蔥虛蠻襯襲褲診謊踴軸轍轄釣鏟鏢閣陝饒馳駱鴿鶴螢籤歎鍛跡蹟",
    "里后复复复并么尽几说着汇译韵划链骤诺谜谨赋颂谚辑缀为发脏温钮征准松制系系它占布托采欲游升克周注志才谷面出尽回干干历获饥借札吊仿杰岩炼烟皂绣纤缆誊谐谦讽咏谬贿赠赐跷躯辩郁酝酿镶锦锋钥销锐闯阐隶雏韧颁飘馈驳骄鲸鹰诞诱诈诵诫贞赁缔缴绎绵绽缤产卫峰群床厘梁窍绒虫蜡袜赞铺须馒笺卤饺馅锅壶烛忏惩慑挚搁敛昼栖桩椭槛沧泻涩渊渗滩澜炽焕玺琐瘾皱眯瞒矿硕禅秽竖筛纹绅绑绳绸缎缝缠罢羡翘耸胆胀舰荐荣荧莲萝葱虚蛮衬袭裤诊谎踊轴辙辖钓铲镖阁陕饶驰骆鸽鹤萤签叹锻迹迹",
)
"""Forms beyond those that tell the two scripts apart: also signs that merged in simplified print."""
_FORMS = {**dict(zip(*_MORE, strict=True)), **SIMPLIFIED_OF}


def in_simplified(tokens: Sequence[Token]) -> list[Token]:
    """The tokens as they are looked up in simplified print; quoted words keep their own."""
    return [replace(t, norm=_FORMS[t.norm]) if t.kind == "cjk" and t.norm in _FORMS else t for t in tokens]
