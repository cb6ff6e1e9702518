from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.utils.functional import Promise

    from apps.channels.models import Channel
    from apps.core.actor import Actor


class TicketsConfig(AppConfig):
    name = "apps.tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        from apps.accounts.access import group_grants, register_grants
        from apps.channels import intake as channels_intake
        from apps.customers.visibility import register_source
        from apps.privacy.decisions import register_decisions
        from apps.privacy.reaching import set_reach
        from apps.tickets import events, rules, subscribers, sweeps  # noqa: F401 (register themselves)
        from apps.tickets.models import QueueGroupObjectPermission
        from apps.tickets.selectors import reveals, reviews
        from apps.tickets.selectors.feed import register_house_events
        from apps.tickets.services import erasing, holding, identifying, intake, intake_rules, retention
        from apps.tickets.services.reviews import Reviews

        register_grants("queue", group_grants(QueueGroupObjectPermission, "work_queue"))
        register_grants("category", granted_categories)
        register_source(customers_through_tickets)
        channels_intake.register_handler(intake.receive)
        channels_intake.register_category_source(categories_of_channel)
        channels_intake.register_missing_rules(missing_rules)
        channels_intake.register_number_source(number_of_ticket)
        channels_intake.register_destinations(intake_rules)
        set_reach(identifying)
        erasing.register()
        holding.register()
        retention.register()
        reveals.register()
        reviews.register()
        register_decisions(Reviews())
        register_house_events("reveal.", "privacy.approve_reveals")


def granted_categories(user_id: int) -> QuerySet[Any, Any]:
    """A grant of a category opens everything below it."""
    from apps.accounts.access import live_groups_of
    from apps.tickets.models import Category, CategoryGroupObjectPermission

    grants = CategoryGroupObjectPermission.objects.filter(
        group__in=live_groups_of(user_id), permission__codename="serve_category"
    )
    return Category.objects.filter(path__overlap=grants.values("content_object_id")).order_by().values_list("pk")


def customers_through_tickets(actor: Actor) -> Any:
    """Whoever sees a ticket sees its customer. In-house people also see those who have no ticket yet."""
    from django.db.models import Exists, OuterRef

    from apps.accounts.access import access_of
    from apps.tickets.models import Ticket

    seen = Exists(Ticket.objects.visible_to(actor).filter(customer_id=OuterRef("pk")))
    if access_of(actor).is_outsourced:
        return seen
    return seen | ~Exists(Ticket.objects.filter(customer_id=OuterRef("pk")))


def number_of_ticket(pk: int) -> int | None:
    """For the one who wrote in; a number alone opens nothing."""
    from apps.tickets.models import Ticket

    return Ticket.objects.filter(pk=pk).values_list("number", flat=True).first()


def missing_rules(channel_ids: Sequence[int]) -> dict[int, str]:
    """Channels without an intake rule, each with the page that adds one."""
    from django.urls import reverse

    from apps.tickets.models import IntakeRule

    ruled = set(IntakeRule.objects.filter(channel__in=channel_ids).values_list("channel_id", flat=True))
    address = reverse("admin:tickets_intakerule_add")
    return {pk: f"{address}?channel={pk}" for pk in channel_ids if pk not in ruled}


def categories_of_channel(channel: Channel) -> list[tuple[str, str | Promise]]:
    """What a customer may choose on a form: the roots, or what lies below the category of the channel's intake rule."""
    from apps.tickets.selectors.choices import form_categories

    return form_categories(channel)
