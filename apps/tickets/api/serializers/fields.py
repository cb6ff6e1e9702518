from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.accounts.models import Team, User
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.customers.models import Customer, Identity
from apps.tickets.models import Category, Queue, Ticket
from apps.tickets.selectors.choices import queues_to_move
from apps.tickets.selectors.resources import PRIORITIES, priority_value


def visible_queues(actor: Actor) -> QuerySet[Queue]:
    return Queue.objects.visible_to(actor).filter(is_active=True)


def visible_queues_to_move(actor: Actor) -> QuerySet[Queue]:
    """Also one whose tickets the mover does not see, for people in-house."""
    return Queue.objects.filter(pk__in=[choice.id for choice in queues_to_move(actor)])  # one door: checked there


def visible_categories(actor: Actor) -> QuerySet[Category]:
    return Category.objects.visible_to(actor).filter(is_active=True)


def visible_teams(actor: Actor) -> QuerySet[Team]:
    return Team.objects.visible_to(actor).filter(is_active=True)


def visible_people(actor: Actor) -> QuerySet[User]:
    return User.objects.visible_to(actor).filter(is_active=True)


def visible_identities(actor: Actor) -> QuerySet[Identity]:
    return Identity.objects.visible_to(actor)


def visible_channels(actor: Actor) -> QuerySet[Channel]:
    return Channel.objects.visible_to(actor).filter(is_active=True)


def visible_customers(actor: Actor) -> QuerySet[Customer]:
    return Customer.objects.visible_to(actor)


def visible_tickets(actor: Actor) -> QuerySet[Ticket]:
    return Ticket.objects.visible_to(actor)


class PriorityField(serializers.ChoiceField):
    """By name outside, by rank inside."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=PRIORITIES, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return priority_value(super().to_internal_value(data))


class Confirmed(serializers.BooleanField):
    """Said after `tickets.content_unconfirmed`."""

    def __init__(self, **kwargs: Any) -> None:
        words = _("Sends it although the channel's content rule asks to confirm it.")
        super().__init__(**{"required": False, "help_text": words, **kwargs})


class AddressList(serializers.ListField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=320), max_length=50, required=False, **kwargs)
