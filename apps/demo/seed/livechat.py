"""The chat on the demo's shop: open all day, so that whoever looks finds somebody there."""

from __future__ import annotations

from apps.channels.models import Channel
from apps.demo.seed.vocabulary import names
from apps.demo.seed.world import World
from apps.livechat.models import Invitation
from apps.qa.enums import ShownWith
from apps.qa.models import Survey, SurveyReason
from apps.tickets.models import IntakeRule

KEY = "shop-chat"
REASONS = (
    (("回复太慢", "Slow to answer"), ShownWith.LOW),
    (("问题没有解决", "Not solved"), ShownWith.LOW),
    (("说得不清楚", "Hard to understand"), ShownWith.LOW),
    (("回复很快", "Quick to answer"), ShownWith.HIGH),
    (("态度亲切", "Friendly"), ShownWith.HIGH),
)


def write_livechat(world: World) -> None:
    channel = Channel.objects.create(
        key=KEY,
        brand=world.brand,
        kind="chat",
        name=names(("商城在线客服", "Chat in the shop")),
        settings={
            "title": names(("林登家居在线客服", "Lindenhaus chat")),
            "greeting": names(("您好，有什么可以帮您？", "Hello, how can we help?")),
            "accent": "#2f6b4f",
            "asks_name": "optional",
            "asks_category": "optional",
        },
    )
    IntakeRule.objects.create(
        channel=channel,
        queue=world.queues["general"],
        category=world.categories["orders"],
        required_on_resolve=["category"],
    )
    world.channels[channel.key] = channel
    Invitation.objects.create(
        channel=channel,
        pages="/demo/shop/",
        seconds=20,
        text=names(("在挑选沙发吗？我们可以帮您量尺寸。", "Choosing a sofa? We can help you with the measures.")),
    )
    _write_survey(channel)


def _write_survey(channel: Channel) -> None:
    survey = Survey.objects.create(
        key="chat",
        name=names(("在线客服满意度", "After a chat")),
        question=names(("您对这次服务满意吗？", "How satisfied are you with this chat?")),
        offers_callback=True,
    )
    survey.channels.add(channel)
    SurveyReason.objects.bulk_create(
        SurveyReason(survey=survey, label=names(label), shown_with=shown_with, position=position)
        for position, (label, shown_with) in enumerate(REASONS)
    )
