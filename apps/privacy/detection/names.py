"""Names of people, by what stands around them: who is named without any sign of it stays unfound."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.masks import COMPOUND_SURNAMES

# The hundred and more most frequent ones, without those that are rather words: 单, 关, 安, 成.
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任"
    "姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟颜倪严牛温芦季俞章鲁葛伍韦"
    "申尤毕聂焦向柳邢岳齐梅莫庄辛管祝左涂谷祁耿牟卜路詹凌柯裴柴蒙鞠"
)
# What begins like a name and is none.
_WORDS = frozenset(
    """谢谢 方式 方便 方法 方案 方向 方可 方形 高兴 高级 高速 高峰 高温 高铁 高清 高价 高中 高压 高端 高新 马上 马路 马达 马桶
    任何 任务 任意 任一 白天 白色 白金 白酒 白班 金额 金属 金卡 金色 金融 金华 常见 常用 常州 常规 常温 常常 程序 程度 程式 于是
    万一 万元 万达 黄色 黄金 黄页 江苏 江西 江南 江湖 温度 温馨 温州 温水 温差 何时 许多 夏天 夏季 段时 石头 石油 石材 文件 文字
    文本 文档 文化 文章 易碎 周末 周一 周二 周三 周四 周五 周六 周日 周期 周年 周围 余额 平台 严重 顾客 顾问 徐州 郑州 苏州 陆续
    雷达 毛衣 毛巾 毛病 龙头 钟头 钟点 路上 路由 路边 路口 路线 路段 管理 管家 左右 左边 左侧 申请 申诉 向您 向你 向上 章程 章节
    庄园 季度 季节 史上 田地 齐全 齐了 康复 洪水 施工 武汉 乔迁 唐山 祝好 祝您 祝你 钱包 钱款 林业 牛奶 范围 莫名 凌晨 毕竟
    毕业""".split()  # noqa: SIM905
)
_HAN = r"[\u4e00-\u9fff]"
_FIRST = "".join(sorted({*_SURNAMES, *(surname[0] for surname in COMPOUND_SURNAMES)}))
# Each pattern begins with letters that must be there, so that a text without them is passed over fast.
_SURNAME = rf"(?:(?<=[{_SURNAMES}])|{_HAN}(?<={'|'.join(sorted(COMPOUND_SURNAMES))}))"
_NAME = rf"[{_FIRST}]{_SURNAME}{_HAN}{{1,2}}?"
_NAME_AFTER_OTHER = rf"[{_FIRST}](?<!{_HAN}[{_FIRST}]){_SURNAME}{_HAN}{{1,2}}?"
_TITLE = (
    r"姓名|名字|名叫|我叫|[他她]叫|叫我|我是|本人|收[件货]人|取件人|联系人?|户[主名]|申请人|[发寄]件人|来电人|投诉人|预约人|车主|房主"
    r"|客户|用户|客人|回访|家属|中文名|登记|找|转给|寄给|助理|财务|同事|邻居|老公|老婆|丈夫|妻子|妹妹|姐姐|弟弟|哥哥|孩子|女儿|儿子|[妈爸]"
)
_AFTER = (
    rf"(?!{_HAN})|的|先生|女士|小姐|老师|师傅|代?收|接|来|让|说|和|及|与|是|家|打|在|这|那|已|啊|吧|可以|就|称|报|留|同意|本人"
    r"|电话|手机|身份证|写道"
)
_NUMBER = r"(?:[+(]{0,2}\d{3}|[A-Z]{1,2}\d{5}|[A-Za-z0-9._+'\-]{1,40}@)"
_HAN_NAMES = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        rf"(?:{_TITLE})[:是为叫还 (]{{0,3}}({_NAME})(?={_AFTER})",
        rf"我({_NAME})(?=[啊呀])",
        rf"({_NAME_AFTER_OTHER})(?=先生|女士|小姐|代?收|\(收|接(?!{_HAN})|来电|写道|留(?!{_HAN})|[ ,:、/|(<]{{0,3}}{_NUMBER})",
        rf"\d{{4}}[ ,]?({_NAME})(?!{_HAN})",
        # Alone in its line, as under a letter.
        rf"^[> ]{{0,4}}({_NAME})(?:\(收\))?[ ,]?$",
    )
)
# Between commas or blanks, in a line that holds a number too.
_LISTED = re.compile(rf"[, ]({_NAME})(?=[, ]|$)", re.MULTILINE)
_LINE_WITH_NUMBER = re.compile(r"^[^\d\n]*\d.*$", re.MULTILINE)

_CAPITAL = r"[A-Z](?:[a-zß-ÿ]{1,20}|'[A-Z][a-z]{1,20})(?:-[A-Z][a-z]{1,20})?"
# Greetings and the like begin with a capital too.
_FULL = re.compile(
    r"(?!(?:Dear|Hi|Hello|Caller|Contact|Call|Ask|This|My|Best|Kind|Husband|Wife|Attn|Recipient|Name|Mr|Mrs|Ms)\b)"
    rf"{_CAPITAL}(?: (?:[A-Z]\.|{_CAPITAL})){{1,2}}"
)
_LEAD = (
    r"\b(?:names?(?: is| on card)?|i'?m|i am|this is|attn\.?|dear|m(?:r|rs|s)\.?|contact(?: is)?|caller|spoke with|recipient"
    r"|husband|wife|brother|sister|ask(?: for)?|call|holder to|list for \w+)[:, ]{1,2}"
)
_HAN_LEAD = rf"(?:叫我|英文名|我[是叫]{_HAN}{{2,4}}\()[:是 ]{{0,2}}"
_SIGN_OFF = r"(?:(?:regards|sincerely|thanks|thank you|cheers|best)[,.! ]*|--)\n{1,3}"
_BEFORE = re.compile(rf"(?:{_LEAD}|{_HAN_LEAD}|{_SIGN_OFF})$", re.IGNORECASE)
_BEHIND = re.compile(rf",? ?[(<]?(?:passport|{_NUMBER})")
_LAST_LINE = re.compile(r"\s*\Z")
_ONE_WORD = re.compile(rf"[Mm]y name is ({_CAPITAL})\b")
REACH = 24


def names(text: str) -> Iterator[tuple[int, int]]:
    for start, end in (*_han_names(text), *_listed(text)):
        if text[start : start + 2] not in _WORDS:
            yield start, end
    for match in _FULL.finditer(text):
        if _stands_as_name(text, *match.span()):
            yield match.span()
    yield from (match.span(1) for match in _ONE_WORD.finditer(text))


def _han_names(text: str) -> Iterator[tuple[int, int]]:
    for pattern in _HAN_NAMES:
        yield from (match.span(1) for match in pattern.finditer(text))


def _listed(text: str) -> Iterator[tuple[int, int]]:
    for line in _LINE_WITH_NUMBER.finditer(text):
        yield from (match.span(1) for match in _LISTED.finditer(text, *line.span()))


def _stands_as_name(text: str, start: int, end: int) -> bool:
    is_last_line = start > 0 and text[start - 1] == "\n" and _LAST_LINE.match(text, end) is not None
    return bool(is_last_line or _BEFORE.search(text[max(0, start - REACH) : start]) or _BEHIND.match(text, end))
