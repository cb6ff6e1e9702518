"""Two rules that a newcomer can set off and watch: by letting customers wait, and by stopping the listening process."""

from __future__ import annotations

from apps.alerts.enums import Comparison, Measure, Way
from apps.alerts.models import AlertRule
from apps.demo.seed.world import World


def write_alerts(world: World) -> None:
    AlertRule.objects.create(
        key="nobody-free",
        name={"zh-hans": "无人可接待", "en": "Nobody is free"},
        measure=Measure.FREE_AGENTS,
        queue=world.queues["general"],
        comparison=Comparison.BELOW,
        limit=1,
        hold_seconds=120,
        quiet_minutes=30,
        ways=[Way.SCREEN],
    )
    stuck = AlertRule.objects.create(
        key="channel-stuck",
        name={"zh-hans": "渠道卡住", "en": "A channel is stuck"},
        measure=Measure.CHANNEL,
        hold_seconds=120,
        quiet_minutes=60,
        ways=[Way.SCREEN, Way.MAIL, Way.WEBHOOK],
        sender=world.channels["support-mail"],
    )
    stuck.people.set([world.staff["supervisor"]])
