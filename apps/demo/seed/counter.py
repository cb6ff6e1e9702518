"""A shop with three services and two windows, where people have come since the morning; and what customers may choose."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from apps.channels.models import Channel
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.counter.enums import VisitState
from apps.counter.models import Branch, ServiceType, Visit, Window
from apps.counter.services.numbers import issue_number
from apps.demo.seed.vocabulary import Names, names
from apps.demo.seed.world import World
from apps.sla.models import Calendar, ChannelPolicy
from apps.tickets.models import IntakeRule

KIOSK_KEY = "demo-kiosk"
"""Known to everybody, as the sign-ins of the demo are."""

# Letter, key, names, queue, category, usual minutes.
SERVICES: tuple[tuple[str, str, Names, str, str, int], ...] = (
    ("A", "repair", ("维修与安装", "Repair & installation"), "after-sales", "malfunction", 12),
    ("B", "returns", ("退换货", "Returns"), "general", "returns", 6),
    ("C", "invoices", ("发票与会员", "Invoices & membership"), "refunds", "invoice", 5),
)
# Service, minutes ago, priority, language: who waits now.
WAITING = (
    ("A", 19, "", "zh-hans"),
    ("B", 14, "", "zh-hans"),
    ("A", 11, "elderly", "zh-hans"),
    ("C", 7, "", "en"),
    ("B", 4, "", "zh-hans"),
    ("B", 1, "pregnant", "zh-hans"),
)
PHONES = "/demo/phones/?channel="
"""Where a link of a real company would open the messenger, the demo's leads to a customer's phone with it."""

# Channel, what customers call it, how to reach it, link.
OFFERED: tuple[tuple[str, Names, Names, str], ...] = (
    ("contact-form", ("在线留言", "Write to us here"), ("填写表单，我们回复到您的邮箱。", "Fill in the form; we answer by e-mail."), "/forms/contact-form/"),
    ("support-mail", ("客服邮箱", "E-mail"), ("support@lindenhaus.example", "support@lindenhaus.example"), "mailto:support@lindenhaus.example"),
    ("wechat-oa", ("微信", "WeChat"), ("搜索公众号「林登家居」，或扫描二维码。", "Search for “Lindenhaus”, or scan the code."), f"{PHONES}wechat-oa"),
    ("wecom-kf", ("微信客服", "WeChat customer service"), ("用微信扫描二维码，直接对话。", "Scan the code with WeChat to talk to us."), f"{PHONES}wecom-kf"),
    ("douyin", ("抖音私信", "Douyin"), ("在抖音搜索「林登家居」。", "Search for “Lindenhaus” on Douyin."), f"{PHONES}douyin"),
    ("weibo", ("微博私信", "Weibo"), ("@林登家居", "@Lindenhaus"), f"{PHONES}weibo"),
    ("whatsapp", ("WhatsApp", "WhatsApp"), ("+49 30 5550 1234", "+49 30 5550 1234"), f"{PHONES}whatsapp"),
    ("telegram", ("Telegram", "Telegram"), ("@lindenhaus_bot", "@lindenhaus_bot"), f"{PHONES}telegram"),
    ("shop-counter", ("西湖门店", "Our shop at the lake"), ("杭州市西湖区示例路 18 号", "18 Example Road, Xihu District, Hangzhou"), ""),
)  # fmt: skip


def write_counter(world: World) -> None:
    branch = _branch(world)
    _seen_today(branch, random.Random(17))
    for letter, ago, reason, language in WAITING:
        issue_number(
            branch=branch,
            service=ServiceType.objects.get(prefix=letter),
            by=SYSTEM,
            reason=reason,
            language=language,
            drawn_at=now() - timedelta(minutes=ago),
        )
    _offer(world)


def _branch(world: World) -> Branch:
    channel = Channel.objects.create(
        key="shop-counter", brand=world.brand, kind="counter", name=names(("西湖门店柜台", "Counter at the lake"))
    )
    IntakeRule.objects.create(channel=channel, queue=world.queues["general"], required_on_resolve=["category"])
    world.channels[channel.key] = channel
    branch = Branch.objects.create(
        key="lakeside",
        name=names(("林登家居西湖店", "Lindenhaus at the lake")),
        address=names(("杭州市西湖区示例路 18 号", "18 Example Road, Xihu District, Hangzhou")),
        channel=channel,
        kiosk_key=KIOSK_KEY,
    )
    branch.teams.set([world.teams["service"], world.teams["technical"]])
    branch.services.set(
        ServiceType.objects.create(
            key=key,
            prefix=letter,
            name=names(pair),
            queue=world.queues[queue],
            category=world.categories[category],
            usual_minutes=minutes,
            position=position,
        )
        for position, (letter, key, pair, queue, category, minutes) in enumerate(SERVICES)
    )
    for label in ("1", "2"):
        Window.objects.create(branch=branch, label=label)
    return branch


def _seen_today(branch: Branch, rng: random.Random) -> None:
    """Visits of the last hours, so that figures and waiting times tell something."""
    start = now() - timedelta(hours=3)
    for number in range(12):
        service = rng.choice(list(branch.services.all()))
        visit = issue_number(branch=branch, service=service, by=SYSTEM, drawn_at=start + timedelta(minutes=12 * number))
        _serve(visit, rng)


def _serve(visit: Visit, rng: random.Random) -> None:
    """As it was. What was said stands on tickets of other channels; these people did not say who they are."""
    called: datetime = visit.issued_at + timedelta(minutes=rng.randint(2, 14))
    is_there = rng.random() > 0.15
    ended = called + timedelta(minutes=rng.randint(3, 13))
    Visit.objects.filter(pk=visit.pk).update(
        state=VisitState.DONE if is_there else VisitState.NO_SHOW,
        calls=1 if is_there else 3,
        first_called_at=called,
        called_at=called,
        serving_at=called if is_there else None,
        ended_at=ended,
        satisfaction=rng.choice((5, 5, 4, 3, None)) if is_there else None,
    )


def _shop_hours() -> Calendar:
    return Calendar.objects.create(
        key="shop", name=names(("门店营业时间", "Shop hours")), time_zone="Asia/Shanghai", week=["09:00-21:00"] * 7
    )


def _offer(world: World) -> None:
    for key, label, how, link in OFFERED:
        ChannelPolicy.objects.update_or_create(
            channel=world.channels[key],
            defaults={
                **({"calendar": _shop_hours()} if key == "shop-counter" else {}),
                "is_offered": True,
                "contact_label": names(label),
                "contact_how": names(how),
                "contact_link": link,
            },
        )
