"""What the demo company tells people about their data, in force from before its first ticket."""

from __future__ import annotations

from datetime import timedelta

from apps.core.clock import now
from apps.demo.seed.vocabulary import names
from apps.demo.seed.world import World
from apps.privacy.models import PrivacyNotice

CHINESE = (
    "林登家居为答复您的咨询、处理订单和售后，使用您的姓名、联系方式、订单信息以及您发给我们的内容。\n\n"
    "部分咨询由受我们委托的客服公司代为答复。他们只能看到处理所需的内容，联系方式等以遮盖形式显示，"
    "并须按合同约定保护您的信息。\n\n"
    "您可以随时在聊天窗口的盾牌图标中查看和更改您的选择，也可以索取副本、要求更正或删除您的信息。"
)
ENGLISH = (
    "Lindenhaus uses your name, how you can be reached, your orders and what you send us to answer you, and to handle orders "
    "and repairs.\n\n"
    "Some of the answers come from service companies that work on our behalf. They see what is needed for that and no more, "
    "with phone numbers and the like masked, and a contract binds them to protect it.\n\n"
    "You can see and change what you allow at any time under the shield in the chat, and ask there for a copy, correction or "
    "erasure of your data."
)
COVERS = ("咨询、订单与售后", "Questions, orders and repairs")


def write_notice(world: World, *, days: int) -> None:
    """Those who wrote in the past were told; nobody is asked to agree, since answering whoever asks needs no consent."""
    PrivacyNotice.objects.create(
        brand=world.brand,
        version=1,
        text=names((CHINESE, ENGLISH)),
        covers=names(COVERS),
        covers_vendors=True,
        valid_from=now() - timedelta(days=days + 1),
    )
