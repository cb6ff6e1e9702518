"""Rules that a newcomer can set off and watch: by letting customers wait, by stopping the listening process, by having many
masked values shown, and by what the vendor's month brings.
"""

from __future__ import annotations

from apps.alerts.enums import Comparison, Measure, Way
from apps.alerts.models import AlertRule
from apps.demo.seed.world import World

MATTERS = (
    ("unusual-reveals", Measure.REVEALS, "查看脱敏信息异常", "Unusual reveals"),
    ("term-at-risk", Measure.TERM_AT_RISK, "合同条款有风险", "A term of a contract is at risk"),
)


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
    for key, measure, zh, en in MATTERS:
        AlertRule.objects.create(
            key=key, name={"zh-hans": zh, "en": en}, measure=measure, hold_seconds=0, ways=[Way.SCREEN, Way.WEBHOOK]
        )
