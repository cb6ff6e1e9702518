"""What a channel leads to, for pages below this app that set a whole channel up."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team
from apps.channels.models import Channel, ChannelGroupObjectPermission
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.permissions import require
from apps.tickets.models import IntakeRule, Queue, QueueGroupObjectPermission


def choices(by: Actor) -> list[tuple[int, str]]:
    """The queues that new tickets may go to."""
    return [(queue.pk, str(queue.name)) for queue in _queues(by)]


def unseen(channel: Channel, by: Actor) -> list[int]:
    """The queues that no team with people in it works; a vendor's team counts where the channel is opened to it."""
    opened = ChannelGroupObjectPermission.objects.filter(content_object=channel, permission__codename="serve_channel")
    teams = Team.objects.filter(Q(vendor__isnull=True) | Q(group__in=opened.values("group")), is_active=True)
    worked = QueueGroupObjectPermission.objects.filter(
        group__in=teams.filter(group__user__is_active=True).values("group"), permission__codename="work_queue"
    )
    seen = set(worked.values_list("content_object_id", flat=True))
    return [queue.pk for queue in _queues(by) if queue.pk not in seen]


def chosen(channel: Channel) -> int | None:
    return IntakeRule.objects.filter(channel=channel).values_list("queue_id", flat=True).first()


@transaction.atomic
def choose(channel: Channel, queue: int, by: Actor) -> None:
    """Makes the channel's rule, or has it lead to another queue and leaves the rest of it."""
    require(by, "channels.configure", channel)
    found = next((row for row in _queues(by) if row.pk == queue), None)
    if found is None:
        raise InvalidInput(fields={"queue": [_("Choose a queue.")]})
    rule, is_new = IntakeRule.objects.get_or_create(channel=channel, defaults={"queue": found})
    if not is_new and rule.queue_id == found.pk:
        return
    rule.queue = found
    rule.save(update_fields=["queue"])
    audit.record("tickets.intakerule.changed", by=by, subject=rule, details={"queue": found.pk, "is_new": is_new})


def _queues(by: Actor) -> list[Queue]:
    return list(Queue.objects.visible_to(by).filter(is_active=True).order_by("position", "key"))
