"""Sets the demo company up as its manager would have: brand, people, queues, categories, channels, grants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from guardian.shortcuts import assign_perm

from apps.accounts.models import ApiToken, Brand, Role, Team, User, Vendor
from apps.accounts.tokens import MAX_LIFETIME, PREFIX_LENGTH, digest_of
from apps.channels.demo_mail.servers import SERVER_NAME
from apps.channels.models import Channel
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.permissions import all_permissions
from apps.customers.models import Tag
from apps.demo.seed.vocabulary import (
    CATEGORIES,
    QUEUES,
    SNIPPETS,
    STAFF,
    TAGS,
    TEAMS,
    VENDORS,
    Names,
    StaffPlan,
    TeamPlan,
    names,
)
from apps.knowledge.enums import SnippetScope
from apps.knowledge.models import Snippet
from apps.simulator.platform import Platform
from apps.simulator.platforms import PLATFORMS
from apps.sla.models import ChannelPolicy
from apps.sla.selectors import default_calendar
from apps.sla.services.days import import_days
from apps.sla.sources import mainland
from apps.tickets.enums import Breach, Priority, TicketType
from apps.tickets.models import Category, ContentRule, IntakeRule, Queue

ACKNOWLEDGEMENT = {
    "zh-hans": "您好，我们已经收到您的来信，工单编号 ${number}。客服会在 4 小时内回复您，您也可以直接回复本邮件补充说明。",
    "en": "Hello, we have received your message under number ${number}. We will answer within four hours; "
    "to add something, just reply to this e-mail.",
}

OUT_OF_HOURS = {
    "zh-hans": "您好，我们已经收到您的来信，工单编号 ${number}。现在是非工作时间，客服 ${opens_at} 恢复服务，最晚 ${answer_by} 回复您。",
    "en": "Hello, we have received your message under number ${number}. Nobody is here right now: we are back on ${opens_at}, "
    "and you will hear from us by ${answer_by}.",
}

# Kind, names, settings, secrets.
ChannelPlan = tuple[str, Names, dict[str, Any], dict[str, Any]]


@dataclass(frozen=True)
class World:
    brand: Brand
    staff: dict[str, User]
    teams: dict[str, Team]
    queues: dict[str, Queue]
    categories: dict[str, Category]
    tags: dict[str, Tag]
    channels: dict[str, Channel]


def build_world(*, password: str) -> World:
    brand = Brand.objects.create(
        key="lindenhaus",
        name=names(("林登家居", "Lindenhaus")),
        sender_name=names(("林登家居客服", "Lindenhaus Customer Service")),
        is_default=True,
    )
    vendors = {key: Vendor.objects.create(key=key, name=names(pair)) for key, pair in VENDORS.items()}
    teams = {key: _team(key, plan, vendors) for key, plan in TEAMS.items()}
    queues = {
        key: Queue.objects.create(key=key, name=names(pair), position=index)
        for index, (key, pair) in enumerate(QUEUES.items())
    }
    categories = _categories()
    hashed = make_password(password)  # once: hashing is slow on purpose
    world = World(
        brand=brand,
        staff={plan.username: _person(plan, vendors, teams, hashed) for plan in STAFF},
        teams=teams,
        queues=queues,
        categories=categories,
        tags={key: Tag.objects.create(key=key, name=names(pair)) for key, pair in TAGS.items()},
        channels=_channels(brand),
    )
    _grant(world)
    _intake(world)
    _snippets(world)
    _holidays()
    _open_api(world.staff["manager"])
    return world


def _team(key: str, plan: TeamPlan, vendors: dict[str, Vendor]) -> Team:
    group = Group.objects.create(name=f"team:{key}")
    vendor = vendors[plan.vendor] if plan.vendor else None
    return Team.objects.create(key=key, name=names(plan.names), group=group, vendor=vendor)


def _person(plan: StaffPlan, vendors: dict[str, Vendor], teams: dict[str, Team], password: str) -> User:
    user = User.objects.create(
        username=plan.username,
        password=password,
        email=f"{plan.username}@lindenhaus.example",
        display_name=plan.zh,
        role=Role.objects.get(key=plan.role),
        vendor=vendors[plan.vendor] if plan.vendor else None,
        language=plan.language,
        is_staff=plan.role == "manager",
        is_demo=True,
    )
    user.groups.set([teams[key].group for key in plan.teams])
    return user


def _categories() -> dict[str, Category]:
    made: dict[str, Category] = {}
    for position, (key, (pair, parent_key)) in enumerate(CATEGORIES.items()):
        parent = made[parent_key] if parent_key else None
        row = Category.objects.create(
            key=key,
            name=names(pair),
            parent=parent,
            position=position,
            required_on_resolve=["summary"] if key == "complaint" else [],
        )
        row.path = [*(parent.path if parent else []), row.pk]
        row.save(update_fields=["path"])
        made[key] = row
    return made


def _channels(brand: Brand) -> dict[str, Channel]:
    plans: dict[str, ChannelPlan] = {
        "support-mail": ("email", ("客服邮箱", "Support mailbox"), *mailbox_settings()),
        "contact-form": ("form", ("官网留言", "Contact form"), {}, {}),
        "partner-api": ("api", ("合作方接口", "Partner API"), {}, {}),
        "front-desk": ("manual", ("门店与电话", "Counter and phone"), {}, {}),
    }
    plans |= {platform_key(kind): _simulated(platform) for kind, platform in PLATFORMS.items()}
    plans["secure-page"] = ("page", ("安全会话页", "Secure page"), _page_settings(), {})
    return {
        key: Channel.objects.create(key=key, brand=brand, kind=kind, name=names(pair), settings=public, secrets=secret)
        for key, (kind, pair, public, secret) in plans.items()
    }


def _simulated(platform: type[Platform]) -> ChannelPlan:
    """A channel whose platform the simulator plays."""
    api_base = f"http://127.0.0.1:{settings.SIMULATOR_PORT}/{platform_key(platform.kind)}"
    return platform.kind, platform.names, platform.demo_settings(api_base), platform.demo_secrets()


def _page_settings() -> dict[str, Any]:
    """Stands in where a messenger takes no more answers; the link comes as a text message, on the phones page too."""
    return {
        "carrier": platform_key("sms_aliyun"),
        "fallback_for": [platform_key(kind) for kind in ("wechat_oa", "wechat_mini", "douyin", "weibo")],
    }


def platform_key(kind: str) -> str:
    return kind.replace("_", "-")


def mailbox_settings() -> tuple[dict[str, Any], dict[str, Any]]:
    """The demo's own mail servers, as a channel's settings and secrets."""
    public = {
        "address": settings.DEMO_MAIL_ADDRESS,
        "auth_server": SERVER_NAME,
        "plus_addresses": True,
        "imap_host": "127.0.0.1",
        "imap_port": settings.DEMO_IMAP_PORT,
        "imap_security": "none",
        "imap_user": settings.DEMO_MAIL_ADDRESS,
        "smtp_host": "127.0.0.1",
        "smtp_port": settings.DEMO_SMTP_PORT,
        "smtp_security": "none",
    }
    return public, {"imap_password": settings.DEMO_MAIL_PASSWORD}


def _grant(world: World) -> None:
    """In-house teams work their queues; what a vendor's team sees follows the vendor's contract."""
    for key, plan in TEAMS.items():
        for queue in () if plan.vendor else plan.queues:
            assign_perm("tickets.work_queue", world.teams[key].group, world.queues[queue])


def _intake(world: World) -> None:
    for channel in world.channels.values():
        IntakeRule.objects.create(
            channel=channel,
            queue=world.queues["general"],
            priority=Priority.NORMAL,
            type=TicketType.QUESTION,
            acknowledge=channel.kind in {"email", "form"},
            acknowledgement=ACKNOWLEDGEMENT if channel.kind in {"email", "form"} else {},
            required_on_resolve=["category"],
        )
        if channel.kind == "email":
            ContentRule.objects.create(
                channel=channel,
                forbidden_words="保证 = 尽力\n最便宜 = 价格实惠\nguaranteed = as a rule",
                words_breach=Breach.ASK,
                personal_data=Breach.REFUSE,
            )
        if channel.kind in {"email", "form"}:
            ChannelPolicy.objects.create(channel=channel, answer_minutes=240, out_of_hours_text=OUT_OF_HOURS)


def _snippets(world: World) -> None:
    for plan in SNIPPETS:
        Snippet.objects.create(
            scope=SnippetScope.ALL,
            owner=world.staff["manager"],
            shortcut=plan.shortcut,
            title=names(plan.titles),
            body=names(plan.bodies),
        )


def _holidays() -> None:
    year = min(now().year, max(mainland.published_years()))
    import_days(
        calendar=default_calendar(), year=year, source=mainland.SOURCE, days=mainland.mainland_days(year), by=SYSTEM
    )


def _open_api(user: User) -> None:
    """The token that the launcher prints. It is known to everybody, so it exists in the demo only."""
    plain = settings.DEMO_API_TOKEN
    ApiToken.objects.create(
        name="demo",
        user=user,
        prefix=plain[:PREFIX_LENGTH],
        digest=digest_of(plain),
        scopes=sorted(all_permissions()),
        expires=now() + MAX_LIFETIME,
    )
