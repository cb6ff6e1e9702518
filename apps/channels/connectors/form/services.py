"""Taking a filled-in form into the inbox: once, and not too often from one place."""

from __future__ import annotations

from datetime import timedelta

from apps.channels import registry
from apps.channels.connectors.form.tokens import FormToken, submission_id
from apps.channels.connectors.submission import Submission, pack
from apps.channels.errors import ChannelInactive
from apps.channels.keys import key_of
from apps.channels.models import Channel, InboundEvent
from apps.channels.services import inbox
from apps.core import throttle

HOUR = timedelta(hours=1)


def accept_submission(*, channel: Channel, submission: Submission, token: FormToken, ip: str) -> InboundEvent:
    """Returns the stored row; for a form that was sent twice, the row of the first time. Raises TooMany."""
    payload = pack(submission)
    external_id = submission_id(token, [payload])
    earlier = inbox.accepted_before(channel=channel, external_id=external_id)
    if earlier is not None:
        return earlier
    _throttle(channel, submission, ip)
    event = inbox.accept(
        channel=channel,
        external_id=external_id,
        order_by=f"{submission.sender.kind}:{submission.sender.value}",
        payload=payload,
        envelope={"ip": ip},
    )
    event = event or inbox.accepted_before(channel=channel, external_id=external_id)
    if event is None:
        raise ChannelInactive
    return event


def _throttle(channel: Channel, submission: Submission, ip: str) -> None:
    connector = registry.get(channel.kind)
    sender = key_of(submission.sender.kind, submission.sender.value).hex()
    throttle.hit(
        f"channels.form:{channel.pk}:ip:{ip}", limit=int(connector.setting(channel, "hourly_per_network")), per=HOUR
    )
    throttle.hit(
        f"channels.form:{channel.pk}:sender:{sender}",
        limit=int(connector.setting(channel, "hourly_per_sender")),
        per=HOUR,
    )
