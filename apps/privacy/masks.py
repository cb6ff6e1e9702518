"""What is left of a value when it is masked: enough to recognise it again, too little to use it."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

HIDDEN = "•••"
STARS = "***"
_REGION = re.compile(
    r"(?:[\u4e00-\u9fff]{2,6}?(?:省|自治区) ?)?[\u4e00-\u9fff]{2,6}?(?:市|自治州)|[\u4e00-\u9fff]{2,6}?(?:省|自治区)"
)
_MOBILE = re.compile(r"(?:\+|00)?(?:86)?(1[3-9]\d{9})")
COMPOUND_SURNAMES = frozenset(
    """欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠
    公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官
    司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷
    轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 西门 第五 南荣 东里 东宫 仲长 即墨 达奚 褚师""".split()  # noqa: SIM905
)


def name(value: str) -> str:
    """The surname of a Chinese name, the first letter of another one."""
    text = unicodedata.normalize("NFKC", value).strip()
    if not text:
        return ""
    if not "\u4e00" <= text[0] <= "\u9fff":
        return text[0] + STARS if text[0].isalpha() else STARS
    return surname(text) + "*"


def surname(text: str) -> str:
    """Of a Chinese name; no name is its surname alone."""
    return text[:2] if text[:2] in COMPOUND_SURNAMES and len(text) > 2 else text[:1]


def phone(value: str) -> str:
    """138****5678; of another country's number the country and the last four digits."""
    text = _ascii(value)
    compact = re.sub(r"[^\d+]", "", text)
    mobile = _MOBILE.fullmatch(compact)
    if mobile:
        return f"{mobile[1][:3]}****{mobile[1][-4:]}"
    digits = compact.replace("+", "")
    if len(digits) < 8:
        return "****"
    return f"{_country_prefix(compact)}****{digits[-4:]}"


def _country_prefix(compact: str) -> str:
    if not compact.startswith("+"):
        return ""
    try:
        return f"+{phonenumbers.parse(compact, None).country_code}"
    except phonenumbers.NumberParseException:
        return ""


def email(value: str) -> str:
    """l***@q**.com"""
    local, at, domain = _ascii(value).replace(" ", "").partition("@")
    if not at or not local or not domain:
        return STARS
    host, _dot, top = domain.rpartition(".")
    if not host or not top.isalpha():
        return f"{local[0]}***@***"
    return f"{local[0]}***@{host[0]}**.{top}"


def handle(value: str) -> str:
    text = value.strip()
    return (text[:2] if len(text) >= 8 else "") + STARS


def id_number(value: str) -> str:
    """1******X; of a licence plate where it is from and its last letter, 浙A***5."""
    text = re.sub(r"[\s\-.\u200b\u00b7]", "", _ascii(value))
    if len(text) < 6:
        return STARS
    return f"{text[:2]}***{text[-1]}" if _is_plate(text) else text[0] + "*" * 6 + text[-1]


def _is_plate(text: str) -> bool:
    return "\u4e00" <= text[0] <= "\u9fff"


def bank_card(value: str) -> str:
    digits = re.sub(r"\D", "", _ascii(value))
    return f"**** {digits[-4:]}" if len(digits) >= 12 else "****"


def address(value: str) -> str:
    """A Chinese one up to the city, by which work is given out: 浙江省杭州市***"""
    region = _REGION.match(_ascii(value).strip())
    return (region[0].replace(" ", "") if region else "") + STARS


def file_name(value: str) -> str:
    """Only what kind of file it is."""
    _stem, dot, ending = value.rpartition(".")
    return f"{STARS}.{ending.lower()}" if dot and re.fullmatch(r"[A-Za-z0-9]{1,5}", ending) else STARS


def _ascii(value: str) -> str:
    return unicodedata.normalize("NFKC", value)
