"""Who appears in the demo. Nobody is real.

Addresses are on example domains (RFC 2606 and `.example`). English numbers come from ranges set aside for
fiction (Ofcom's 07700 900xxx, the North American 555-01xx). Mainland China sets none aside, so Chinese ones use
145-0000-xxxx, a range issued to data cards only.
"""

import random
from dataclasses import dataclass

SURNAMES = tuple(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
GIVEN_ZH = (
    "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 霞 平 刚 桂英 子轩 雨桐 梓涵 欣怡 浩然 诗涵 俊熙 佳宁 思远 晓东 "
    "志强 建国 海燕 玉兰 文博 雅婷 嘉怡 宇航 一诺 若曦 明轩 子墨 语嫣 天佑 心怡 晨曦 书瑶 景行"
).split()
GIVEN_EN = (
    "Olivia Noah Emma Liam Ava Ethan Mia Lucas Zoe Mason Chloe Logan Ruby Oscar Freya Hugo Nora Felix Clara Jonas "
    "Priya Arjun Leila Omar Sofia Mateo Ingrid Lars Hana Kenji Maeve Finn Amara Kofi Elena Pavel Yara Tomas Greta Idris"
).split()
SURNAMES_EN = (
    "Ashdown Barlow Carver Delaney Eastwood Fairfax Garrick Holloway Ibarra Jansen Kessler Lindqvist Marlowe Novak "
    "Okafor Pemberton Quill Rasmussen Sinclair Thackeray Underhill Vance Whitlock Yardley Zeller Abbott Bergman Castellan "
    "Dufresne Ekström"
).split()
PINYIN = (
    "wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo liang song zheng xie han tang feng"
).split()

ORGANIZATIONS = (
    ("示例酒店集团", "gold"), ("青松物业", "silver"), ("海岸咖啡", "standard"), ("云帆科技", "vip"), ("百叶书店", "standard"),
    ("北辰设计院", "silver"), ("Harbour Lane Hotels", "gold"), ("Pinecrest Offices", "silver"),
    ("Blue Kettle Cafés", "standard"), ("Northwind Studio", "vip"), ("Fernhill School", "silver"), ("Tallow & Co", "standard"),
)  # fmt: skip

PRODUCTS = {
    "zh": ("空气净化器 A3", "扫地机器人 R2", "智能台灯 L1", "加湿器 H5", "智能门锁 D8", "净水器 W4", "落地扇 F6", "电热水壶 K2", "除湿机 C7"),
    "en": ("A3 air purifier", "R2 robot vacuum", "L1 desk lamp", "H5 humidifier", "D8 door lock", "W4 water filter", "F6 fan", "K2 kettle", "C7 dehumidifier"),
}  # fmt: skip
COURIERS = {"zh": ("青鸟速运", "蓝鲸物流", "飞驰快递"), "en": ("Bluebird Express", "Whale Freight", "Swift Parcel")}
CITIES = {
    "zh": ("杭州", "成都", "武汉", "西安", "苏州", "郑州", "长沙", "佛山"),
    "en": ("Leeds", "Bristol", "Portland", "Austin", "Dublin", "Cardiff"),
}


@dataclass(frozen=True)
class Person:
    """A customer to be written: `language` is zh or en, `phone` is E.164."""

    language: str
    name: str
    email: str
    phone: str
    level: str


def invent(rng: random.Random, number: int) -> Person:
    """The `number`-th customer of a seed; two numbers never share an address or a phone."""
    language = "zh" if rng.random() < 0.66 else "en"
    level = rng.choices(("standard", "silver", "gold", "vip"), (70, 18, 9, 3))[0]
    if language == "zh":
        name = rng.choice(SURNAMES) + rng.choice(GIVEN_ZH)
        email = f"{rng.choice(PINYIN)}.{rng.choice(PINYIN)}{number}@{rng.choice(('mail', 'post', 'youjian'))}.example"
        phone = f"+861450{number:07d}"
    else:
        given, surname = rng.choice(GIVEN_EN), rng.choice(SURNAMES_EN)
        name = f"{given} {surname}"
        plain = surname.lower().replace("ö", "o")
        email = f"{given.lower()}.{plain}{number}@{rng.choice(('example.com', 'example.org', 'example.net'))}"
        phone = _english_phone(number)
    return Person(language, name, email, phone, level)


def _english_phone(number: int) -> str:
    """One of the 1,000 British numbers of fiction, then North American ones by area code."""
    if number < 1000:
        return f"+447700900{number:03d}"
    area, line = divmod(number - 1000, 100)
    return f"+1{201 + area % 700}55501{line:02d}"
