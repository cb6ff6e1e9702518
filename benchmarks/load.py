"""Loads tickets of three messages each into the benchmark's own cluster: `-m benchmarks.load --tickets 100000`.

The words are drawn so that each bad case of a search is in it; `TERMS` names them.
"""

from __future__ import annotations

import argparse
import random
import time
from datetime import datetime, timedelta
from typing import Any

from benchmarks import ground

BATCH = 2000
DAYS = 180
EN = (
    "order delivery parcel refund sofa table lamp shelf payment invoice address courier late "
    "broken missing thanks please answer number receipt colour fabric assembly screws wood metal "
    "glass return exchange warranty account"
).split()
ZH = (
    "订单 快递 包裹 退款 沙发 桌子 台灯 书架 付款 发票 地址 物流 破损 缺少 谢谢 请问 回复 编号 "
    "收据 颜色 布料 安装 螺丝 木头 金属 玻璃 退货 换货 保修 账户"
).split()

TERMS = {
    "frequent, en": "parcel",
    "frequent, two characters, zh": "快递",
    "two frequent words, en": "parcel refund",
    "rare, en": "zanzibar",
    "rare, zh": "檀香木盒",
    "rare, two characters, zh": "瑙鲁",
    "two frequent that rarely meet, en": "alphabird betafish",
    "two frequent that rarely meet, zh": "青鸟 红鱼",
    "frequent in old rows only, en": "oldtimer",
    "frequent in old rows only, zh": "旧款",
    "none, en": "quixotically",
}
"""What `benchmarks.search` asks for."""

ELSEWHERE = "gammaray"
"""Frequent, but not in the queues of the outsourced agent."""


def words(rng: random.Random, number: int, age: float, queue: str) -> str:
    zh = rng.random() < 0.6
    said = rng.choices(ZH if zh else EN, k=14)
    if number % 5 == 0:
        said += ["alphabird", "青鸟"]
    if number % 5 == 1 or number % 20_000 == 0:
        said += ["betafish", "红鱼"]
    if number % 4000 == 7:
        said += ["zanzibar", "檀香木盒", "瑙鲁"]
    if age > DAYS * 0.7 and rng.random() < 0.5:
        said += ["oldtimer", "旧款"]
    if queue != "outsourced" and rng.random() < 0.2:
        said.append(ELSEWHERE)
    rng.shuffle(said)
    return ("，" if zh else " ").join(said) + f" {100_000 + number}"


class Loader:
    def __init__(self, seed: int) -> None:
        from apps.accounts.models import User
        from apps.channels.models import Channel
        from apps.tickets.models import Category, Queue

        self.rng = random.Random(seed)
        self.queues = list(Queue.objects.order_by("pk"))
        self.channels = list(Channel.objects.exclude(kind="manual").order_by("pk"))
        self.categories = list(Category.objects.order_by("pk"))
        self.staff = list(User.objects.filter(vendor=None).order_by("pk"))
        self.outsourced = _outsourced_queues()

    def load(self, count: int, until: datetime) -> None:
        from django.db import transaction

        self.customers = self._customers(max(50, count // 4))
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            with transaction.atomic():
                self._batch(numbers, [until - timedelta(days=DAYS) * (1 - number / count) for number in numbers], until)
            print(f"\r{numbers.stop} of {count} tickets", end="", flush=True)
        print()

    def _customers(self, count: int) -> list[Any]:
        from apps.core.inserting import copy_rows
        from apps.customers.models import Customer, Identity

        customers = [Customer(name=f"Customer {n}" if n % 2 else f"客户{n}号", language="en") for n in range(count)]
        copy_rows(customers)
        copy_rows(
            [
                Identity(customer=row, kind="email", scope="", value=f"c{row.pk}@example.org", tail="example.org")
                for row in customers
            ]
        )
        return customers

    def _batch(self, numbers: range, moments: list[datetime], until: datetime) -> None:
        from apps.channels.keys import key_of
        from apps.core.inserting import copy_rows
        from apps.tickets.models import Interaction, Message, ReadMark, SearchRow, Ticket

        rows: dict[type, list[Any]] = {model: [] for model in (Ticket, Interaction, Message, SearchRow, ReadMark)}
        from apps.core.sequences import next_ids

        ids = zip(next_ids(Ticket, len(numbers)), next_ids(Interaction, len(numbers)), strict=True)
        message_ids = iter(next_ids(Message, 3 * len(numbers)))
        for number, moment, (ticket_id, interaction_id) in zip(numbers, moments, ids, strict=True):
            ticket = self._ticket(number, ticket_id, moment, until)
            rows[Ticket].append(ticket)
            interaction = Interaction(
                pk=interaction_id,
                ticket=ticket,
                channel=ticket.channel,
                customer=ticket.customer,
                thread_key=key_of("bench", str(ticket_id)),
                state="closed" if ticket.is_done else "open",
                started_at=moment,
                last_inbound_at=moment,
            )
            rows[Interaction].append(interaction)
            self._messages(number, ticket, interaction, message_ids, until, rows)
            if ticket.assignee_id and number % 2:
                rows[ReadMark].append(ReadMark(user_id=ticket.assignee_id, ticket=ticket, sequence=3))
        for of_model in rows.values():
            copy_rows(of_model)

    def _ticket(self, number: int, pk: int, moment: datetime, until: datetime) -> Any:
        from apps.tickets.models import Ticket

        rng = self.rng
        age = (until - moment) / timedelta(days=1)
        status = rng.choices(["closed", "resolved", "open", "new", "pending", "on_hold"], [82, 6, 5, 3, 3, 1])[0]
        if age > 14 and status == "resolved":
            status = "closed"
        queue = rng.choice(self.queues)
        zh = rng.random() < 0.6
        return Ticket(
            pk=pk,
            subject=" ".join(rng.choices(ZH if zh else EN, k=4)) + f" {number}",
            preview="",
            preview_kind="customer",
            customer=rng.choice(self.customers),
            brand_id=self.channels[0].brand_id,
            channel=rng.choice(self.channels),
            queue=queue,
            category=rng.choice(self.categories),
            status=status,
            assignee=None if status == "new" else rng.choice(self.staff),
            language="zh-hans" if zh else "en",
            message_count=3,
            opened_at=moment,
            last_message_at=min(moment + timedelta(hours=6), until),
            waiting_since=None if status in {"closed", "resolved"} else moment,
            resolved_at=moment + timedelta(hours=7) if status in {"closed", "resolved"} else None,
            closed_at=moment + timedelta(days=3) if status == "closed" else None,
        )

    def _messages(
        self, number: int, ticket: Any, interaction: Any, ids: Any, until: datetime, rows: dict[type, list[Any]]
    ) -> None:
        from apps.core.richtext import text_to_html
        from apps.core.search import terms
        from apps.privacy.detection import find_spans, pack
        from apps.tickets.models import Message, SearchRow
        from apps.tickets.services.searching import search_row

        age = (until - ticket.opened_at) / timedelta(days=1)
        queue = "outsourced" if ticket.queue_id in self.outsourced else ""
        rows[SearchRow].append(search_row(-ticket.pk, ticket.opened_at, ticket, terms(ticket.subject)))
        for sequence, kind in enumerate(("customer", "agent", "customer"), start=1):
            text = words(self.rng, number, age, queue)
            message = Message(
                pk=next(ids),
                created=min(ticket.opened_at + timedelta(hours=2 * sequence), until),
                ticket=ticket,
                sequence=sequence,
                interaction=interaction,
                channel=ticket.channel,
                kind=kind,
                author=(ticket.assignee or self.staff[0]) if kind == "agent" else None,
                customer=ticket.customer if kind == "customer" else None,
                html=text_to_html(text),
                text=text,
                envelope={"from": [["", f"c{ticket.customer_id}@example.org"]]} if kind == "customer" else {},
                spans=pack(find_spans(text)),
            )
            rows[Message].append(message)
            rows[SearchRow].append(search_row(message.pk, message.created, ticket, terms(text)))
        ticket.preview = text[:160]


def _outsourced_queues() -> frozenset[int]:
    from apps.accounts.access import access_of
    from apps.accounts.models import User
    from apps.core.actor import person

    return frozenset(access_of(person(User.objects.get(username="vendor_agent"))).queue_ids)


def ensure_months(until: datetime) -> None:
    from apps.core.partitions import ensure_partition_for
    from apps.tickets.models import Message, SearchRow

    for model in (Message, SearchRow):
        for day in range(0, DAYS + 31, 15):
            ensure_partition_for(model, until - timedelta(days=day))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    with ground.servers():
        ground.set_up_django()
        from django.db import connection

        from apps.accounts.models import User
        from apps.core.clock import now

        if not User.objects.exists():
            ground.run("manage", "seed", "--tickets", "200")
        began, until = time.perf_counter(), now()
        ensure_months(until)
        Loader(options.seed).load(options.tickets, until)
        took = time.perf_counter() - began
        ground.run("benchmarks.analyze", DATABASE_ROLE="owner")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database())), count(*) FROM tickets_ticket")
            size, tickets = cursor.fetchone()
        ground.table(
            "Load",
            ["tickets", "loaded", "s", "tickets/s", "database"],
            [[tickets, options.tickets, took, options.tickets / took, size]],
        )


if __name__ == "__main__":
    main()
