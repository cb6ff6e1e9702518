"""Which expressions fit a pasted sample, told by the names of its keys and the look of its values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from apps.channels.connectors.webhook.mapping import as_links, as_time

MAX_LEAVES: Final = 500
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PHONE: Final = re.compile(r"(\+\d[\d ()-]{7,17}|1[3-9]\d{9})\Z")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")

NAMES: Final[dict[str, str]] = {
    "message_id": "messageid msgid message.id msg.id messageuuid eventid event.id deliveryid requestid uuid guid"
    " 消息编号 消息id 流水号 单号 id",
    "sender_id": "senderid fromuserid externaluserid openid userid customerid buyerid memberid visitorid accountid"
    " uid sender.id from.id user.id customer.id buyer.id author.id member.id contact.id sender.uid user.uid"
    " 用户编号 用户id 客户编号 会员号 买家id 会员编号 fromuser sender from user",
    "sender_name": "sendername fromname username customername buyername nickname nick displayname fullname"
    " sender.name from.name user.name customer.name buyer.name author.name contact.name sender.nickname user.nickname"
    " 姓名 昵称 客户姓名 用户名 买家昵称 称呼 联系人 name",
    "phone": "phone mobile tel telephone phonenumber mobilephone cellphone 手机号 手机 电话 联系电话 联系方式",
    "email": "email mail emailaddress mailaddress 邮箱 电子邮箱 邮件地址 电子邮件",
    "text": "text content messagetext messagecontent question body message msg comment description remark note"
    " message.text message.content 内容 消息内容 消息 问题 留言 正文 反馈 诉求 描述 备注",
    "attachments": "attachments files images pictures photos media attachment file image picture imageurl picurl"
    " fileurl mediaurl images.url attachments.url files.url 附件 图片 图片地址",
    "time": "sentat createdat timestamp createtime sendtime time date created msgtime occurredat eventtime ts"
    " 时间 发送时间 创建时间 留言时间",
    "conversation": "conversationid conversation.id threadid thread.id sessionid session.id chatid chat.id roomid dialogid"
    " orderid orderno order.id ordersn 会话id 会话编号 订单号 订单编号",
    "language": "language lang locale 语言",
}
"""From the most telling name to the least. `user.id` is the key `id` inside of `user`."""

ITEM_NAMES: Final = [
    "messages",
    "events",
    "items",
    "entries",
    "records",
    "list",
    "data",
    "comments",
    "消息列表",
    "消息",
    "列表",
]


@dataclass(frozen=True, slots=True)
class _Leaf:
    path: tuple[str, ...]
    value: Any

    @property
    def expression(self) -> str:
        return ".".join(_quoted(key) for key in self.path)


Ranking = Callable[[_Leaf, list[str]], int | None]
"""How well a leaf goes by one of the names; the lowest is the best."""


def suggest(document: object) -> dict[str, str]:
    """An expression for `items` and each field that one was found for, as the settings call them."""
    place, item = _items_of(document)
    leaves = list(_leaves(item, ()))[:MAX_LEAVES]
    found: dict[str, str] = {"items": place} if place else {}
    taken: set[tuple[str, ...]] = set()
    # Every exact name before any that is only part of a key: 订单号 is an order, though 单号 alone is a message.
    for rank, name in [(rank, name) for rank in (_exact, _within) for name in NAMES]:
        left = [leaf for leaf in leaves if leaf.path not in taken]
        if f"map_{name}" not in found and (leaf := _best(name, left, rank)) is not None:
            taken.add(leaf.path)
            found[f"map_{name}"] = leaf.expression
    if "map_text" not in found and (leaf := _longest([leaf for leaf in leaves if leaf.path not in taken])):
        found["map_text"] = leaf.expression
    return found


def _items_of(document: object) -> tuple[str, object]:
    """Where a call holds a list of messages, and the first of them."""
    if isinstance(document, list) and document and isinstance(document[0], dict):
        return "[]", document[0]
    if isinstance(document, dict):
        for key, value in document.items():
            is_list = isinstance(value, list) and bool(value) and isinstance(value[0], dict)
            if is_list and _plain(key) in ITEM_NAMES and _best("text", list(_leaves(value[0], ())), _exact):
                return f"{_quoted(key)}[]", value[0]
    return "", document


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[_Leaf]:
    """Values and lists, from the outside inwards."""
    if not isinstance(value, dict) or len(path) > 8:
        return
    inner = []
    for key, child in value.items():
        if isinstance(child, dict):
            inner.append((key, child))
        elif child is not None and child != "":
            yield _Leaf((*path, str(key)), child)
    for key, child in inner:
        yield from _leaves(child, (*path, str(key)))


def _best(name: str, leaves: list[_Leaf], rank_of: Ranking) -> _Leaf | None:
    names = NAMES[name].split()
    ranked = [(rank, len(leaf.path), leaf) for leaf in leaves if (rank := rank_of(leaf, names)) is not None]
    fitting = [entry for entry in ranked if LOOKS[name](entry[2].value)]
    if fitting:
        return min(fitting, key=lambda entry: entry[:2])[2]
    if name in {"phone", "email"}:
        return next((leaf for leaf in leaves if LOOKS[name](leaf.value)), None)
    return None


def _exact(leaf: _Leaf, names: list[str]) -> int | None:
    keys = [_plain(key) for key in leaf.path]
    spoken = {keys[-1], ".".join(keys[-2:])}
    return next((rank for rank, name in enumerate(names) if name in spoken), None)


def _within(leaf: _Leaf, names: list[str]) -> int | None:
    """Chinese forms call a field by a phrase: 您的手机号, 留言内容."""
    key = _plain(leaf.path[-1])
    return next((rank for rank, name in enumerate(names) if not name.isascii() and name in key), None)


def _longest(leaves: list[_Leaf]) -> _Leaf | None:
    texts = [leaf for leaf in leaves if _is_text(leaf.value) and as_time(leaf.value) is None]
    return max(texts, key=lambda leaf: len(leaf.value), default=None)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not as_links(value)


def _is_word(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


LOOKS: Final[dict[str, Callable[[Any], bool]]] = {
    "message_id": _is_word,
    "sender_id": _is_word,
    "sender_name": _is_text,
    "phone": lambda value: bool(_PHONE.match(str(value).strip())),
    "email": lambda value: bool(_EMAIL.match(str(value).strip())),
    "text": _is_text,
    "attachments": lambda value: bool(as_links(value)),
    "time": lambda value: as_time(value) is not None,
    "conversation": _is_word,
    "language": lambda value: isinstance(value, str) and len(value) <= 10,
}


def _plain(key: str) -> str:
    return re.sub(r"[\W_]", "", key).lower()


def _quoted(key: str) -> str:
    return key if _PLAIN.match(key) else json.dumps(key, ensure_ascii=False)
