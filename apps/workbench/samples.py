"""What the styleguide shows: rows and entries of nobody real, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from apps.core.clock import now
from apps.core.words import initials
from apps.tickets.enums import Priority, Status
from apps.tickets.selectors.history import HistoryRow
from apps.tickets.selectors.lists import TagChip, TicketRow
from apps.tickets.selectors.timeline import DeliveryView, FileView, TimelineEntry

TEXTS: dict[str, dict[str, str]] = {
    "zh-hans": {
        "customer": "王小明",
        "other": "陈晓燕",
        "agent": "李婷",
        "colleague": "赵磊",
        "channel": "客服邮箱",
        "chat": "公众号",
        "queue": "售后",
        "subject": "订单 20240611 收到的杯子碎了两只",
        "subject_2": "发票抬头填错了，能重新开吗",
        "subject_3": "Missing parts in the delivery",
        "line": "您好，刚收到货，打开一看有两只杯子已经碎了，照片在附件里，麻烦看一下怎么处理。",
        "line_2": "抬头请改成“杭州示例科技有限公司”，税号不变。",
        "line_3": "Two screws and the right bracket are not in the box.",
        "answer": "王先生您好，非常抱歉给您带来不便。我们今天就为您补发两只杯子，运费由我们承担，您不需要寄回碎片。",
        "note": "仓库确认这一批次包装有问题，补发走加急。",
        "quote": "2024年6月11日，客服 写道：\n您的订单已发出。",
        "status_line": "状态：新 → 处理中",
        "assigned_line": "分配给李婷",
        "priority_line": "优先级：普通 → 高",
        "tag": "物流破损",
        "tag_2": "重要客户",
        "file": "照片-破损杯子.jpg",
        "sheet": "订单明细.xlsx",
        "sent": "已送达",
        "failed": "发送失败",
        "failure": "收件人无法送达",
        "new": "新",
        "open": "处理中",
        "pending": "等待客户",
        "hello": "在吗？",
        "hello_2": "我的快递三天没动了",
        "hello_answer": "在的，您把单号发我，我马上帮您查。",
    },
    "en": {
        "customer": "Mary Whitfield",
        "other": "Tom Okafor",
        "agent": "Ting Li",
        "colleague": "Lei Zhao",
        "channel": "Support mailbox",
        "chat": "Web chat",
        "queue": "After sales",
        "subject": "Two of the cups in order 20240611 arrived broken",
        "subject_2": "Wrong company name on the invoice, can you reissue it",
        "subject_3": "包裹里少了两个零件",
        "line": "Hello, the parcel came today and two of the cups are broken. I attach photos; please tell me what to do.",
        "line_2": "Please make it “Example Technology Ltd”, same tax number.",
        "line_3": "盒子里没有右侧支架，螺丝也少两颗。",
        "answer": "Dear Mary, I am sorry about this. We send two new cups today at our cost; you need not return the pieces.",
        "note": "The warehouse confirms a packing problem with this batch. Send the replacement express.",
        "quote": "On 11 June 2024, Support wrote:\nYour order is on its way.",
        "status_line": "Status: New → Open",
        "assigned_line": "Assigned to Ting Li",
        "priority_line": "Priority: Normal → High",
        "tag": "Damaged in transit",
        "tag_2": "Key account",
        "file": "photo-broken-cup.jpg",
        "sheet": "order-lines.xlsx",
        "sent": "delivered",
        "failed": "failed",
        "failure": "the recipient cannot be reached",
        "new": "New",
        "open": "Open",
        "pending": "Pending customer",
        "hello": "Hello?",
        "hello_2": "My parcel has not moved for three days",
        "hello_answer": "Hello! Send me the number and I will look right away.",
    },
}


def sample_row(**changes: Any) -> TicketRow:
    moment = now()
    values: dict[str, Any] = {
        "id": 1, "number": 1042, "subject": "", "preview": "", "preview_kind": "customer",
        "customer_id": 7, "customer_name": "", "channel_id": None, "channel_icon": "mail",
        "channel_label": "", "is_public": False, "queue_id": 1, "queue_label": "", "category_label": "",
        "status": Status.OPEN.value, "status_label": "",
        "priority": Priority.NORMAL.value, "priority_label": "", "type": "question",
        "assignee_id": None, "assignee_name": "", "assignee_initials": "", "is_mine": False, "is_unread": False,
        "is_spam": False, "is_merged": False, "message_count": 2, "opened_at": moment,
            "last_message_at": moment - timedelta(minutes=4),
        "waiting_since": None, "next_due_at": None, "sla_state": "", "tags": (), "version": 1,
    }  # fmt: skip
    return TicketRow(**{**values, **changes})


def sample_entry(**changes: Any) -> TimelineEntry:
    values: dict[str, Any] = {
        "id": 1, "public_id": "x", "sequence": 1, "kind": "customer", "created": now(), "author_id": None,
        "author_name": "", "is_own": False, "is_inbound": False, "is_note": False,
        "is_system": False, "is_automatic": False, "is_third_person": False, "is_forward": False, "is_public": False,
        "is_private_reply": False, "post_url": "", "channel_id": None,
        "channel_icon": "mail", "channel_label": "", "subject": "", "html": "", "text": "", "quoted": "",
        "from_label": "", "to": (), "cc": (), "bcc": (), "notice": "", "notice_label": "", "files": (),
        "delivery": None, "contact": None, "undo_until": None, "hides_values": False, "ticket_number": 1042,
    }  # fmt: skip
    name = changes.get("author_name", "")
    return TimelineEntry(**{**values, "author_initials": initials(name), "author_key": name, **changes})


def sample_file(name: str, content_type: str, size: int) -> FileView:
    return FileView("x", name, size, content_type, is_image=False, is_inline=False, url="#")


def sample_delivery(state: str, label: str, failure: str = "") -> DeliveryView:
    return DeliveryView(1, state, label, "x" if failure else "", failure, now(), now(), can_retry=bool(failure))


def sample_rows(text: dict[str, str]) -> list[TicketRow]:
    moment = now()
    return [
        sample_row(
            id=1, number=1042, subject=text["subject"], preview=text["line"], customer_name=text["customer"],
            channel_label=text["channel"], status_label=text["new"], status="new", is_unread=True,
            waiting_since=moment - timedelta(minutes=4), tags=(TagChip(1, "damage", text["tag"]),),
        ),
        sample_row(
            id=2, number=1041, subject=text["subject_2"], preview=text["line_2"], customer_name=text["other"],
            channel_label=text["chat"], channel_icon="message-circle", status_label=text["open"], priority=40,
            priority_label="", next_due_at=moment + timedelta(minutes=22), assignee_id=3, assignee_name=text["agent"],
            assignee_initials=initials(text["agent"]), last_message_at=moment - timedelta(minutes=38),
            tags=(TagChip(2, "vip", text["tag_2"]),),
        ),
        sample_row(
            id=3, number=1038, subject=text["subject_3"], preview=text["line_3"], customer_name="m***@example.com",
            channel_label=text["channel"], status="pending", status_label=text["pending"], preview_kind="agent",
            assignee_id=5, assignee_name=text["colleague"], assignee_initials=initials(text["colleague"]), priority=30,
            last_message_at=moment - timedelta(days=1), next_due_at=moment - timedelta(hours=3),
        ),
    ]  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """Everything the guide needs in one language."""

    language: str
    theme: str
    text: dict[str, str]
    rows: list[TicketRow]
    entries: list[TimelineEntry]
    chat: list[TimelineEntry]
    history: list[HistoryRow]


def sample_entries(text: dict[str, str]) -> list[TimelineEntry]:
    moment = now()
    return [
        sample_entry(
            public_id="a", created=moment - timedelta(days=1, hours=3), author_name=text["customer"],
            is_inbound=True, html=f"<p>{text['line']}</p>", quoted=text["quote"],
            to=("support@example.com",), channel_label=text["channel"],
            files=(
                sample_file(text["file"], "image/jpeg", 482_133),
                sample_file(text["sheet"], "application/vnd.ms-excel", 18_200),
            ),
        ),
        sample_entry(
            public_id="b", sequence=2, kind="note", created=moment - timedelta(hours=2), author_id=5, is_note=True,
            author_name=text["colleague"],
            html=f'<p>{text["note"]} <span class="mention">@{text["agent"]}</span></p>',
        ),
        sample_entry(
            public_id="c", sequence=3, kind="agent", created=moment - timedelta(hours=1), author_id=3,
            author_name=text["agent"], html=f"<p>{text['answer']}</p>",
            to=(f"{text['customer']} <m***@example.com>",), channel_label=text["channel"],
            delivery=sample_delivery("delivered", text["sent"]),
        ),
        sample_entry(
            public_id="d", sequence=4, kind="agent", created=moment - timedelta(minutes=2), author_id=3,
            author_name=text["agent"], html=f"<p>{text['answer']}</p>",
            to=("m***@example.com",), channel_label=text["channel"],
            delivery=sample_delivery("failed", text["failed"], text["failure"]),
        ),
    ]  # fmt: skip


def sample_chat(text: dict[str, str]) -> list[TimelineEntry]:
    moment = now()
    lines = (("hello", True, 5), ("hello_2", True, 4), ("hello_answer", False, 2))
    return [
        sample_entry(
            public_id=key, sequence=number, created=moment - timedelta(minutes=minutes), is_inbound=inbound,
            author_name=text["customer" if inbound else "agent"], channel_icon="message-circle",
            html=text[key], author_id=None if inbound else 3,
            delivery=None if inbound else sample_delivery("read", text["sent"]),
        )
        for number, (key, inbound, minutes) in enumerate(lines, start=1)
    ]  # fmt: skip


def sample_history(text: dict[str, str]) -> list[HistoryRow]:
    at = now() - timedelta(hours=3)
    lines = (
        (text["assigned_line"], "user-round-check"),
        (text["status_line"], "circle-dot"),
        (text["priority_line"], "pencil"),
    )
    return [
        HistoryRow(
            number, at + timedelta(seconds=number), "x", text["agent"], 3, "desk", "", "", "", "", sentence, icon
        )
        for number, (sentence, icon) in enumerate(lines)
    ]


def samples() -> list[Sample]:
    return [
        Sample(
            language, theme, TEXTS[language], sample_rows(TEXTS[language]), sample_entries(TEXTS[language]),
            sample_chat(TEXTS[language]), sample_history(TEXTS[language]),
        )
        for language, theme in (("zh-hans", "light"), ("en", "dark"), ("en", "light"), ("zh-hans", "dark"))
    ]  # fmt: skip
