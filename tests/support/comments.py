"""A customer who comments under a post of a page, and writes to it in private."""

import dataclasses
from typing import Any

from apps.accounts.models import Team
from apps.channels.contract import Inbound, Post
from apps.channels.keys import key_of, message_key
from apps.channels.models import Channel
from apps.core.clock import now
from apps.tickets.models import Queue, Ticket
from tests.factories.channels import ChannelFactory, InboundEventFactory
from tests.factories.tickets import IntakeRuleFactory, grant, receive

PSID = "7300000000000001"
POST = Post("PG1_9", "https://www.facebook.com/PG1_9")
UNDER_POST = key_of("messenger", "comment", POST.id, PSID)


def open_page(queue: Queue, *teams: Team) -> Channel:
    channel = ChannelFactory(key="page", kind="messenger", settings={"page_id": "PG1"})
    IntakeRuleFactory(channel=channel, queue=queue, acknowledge=True)
    for team in teams:
        grant(team, queue, channel)
    return channel


def writes(channel: Channel, text: str = "有白色的吗？", **values: Any) -> Ticket:
    inbound = Inbound(
        sender_kind="messenger_psid",
        sender_value=PSID,
        sender_scope="PG1",
        sender_verified=True,
        sender_name="小鹿",
        thread_key=key_of("messenger", "sender", PSID),
        text=text,
    )
    event = InboundEventFactory(channel=channel, received=now())
    result = receive(channel, dataclasses.replace(inbound, **values), event)
    return Ticket.objects.get(pk=result.ticket_id)


def comments(channel: Channel, comment: str = "9_1", text: str = "有白色的吗？", **values: Any) -> Ticket:
    keys, envelope = (message_key(comment),), {"message_id": comment}
    return writes(channel, text, thread_key=UNDER_POST, message_keys=keys, envelope=envelope, post=POST, **values)


def edits(channel: Channel, text: str) -> Ticket:
    return writes(channel, text, thread_key=UNDER_POST, post=POST, notice="edited")


def removes(channel: Channel, comment: str) -> Ticket:
    silent = {"is_automatic": True, "opens_nothing": True}
    return writes(channel, "[…]", thread_key=UNDER_POST, post=POST, takes_back=comment, **silent)
