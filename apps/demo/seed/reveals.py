"""One value that the vendor's agent was shown, so that there is something to read in the trail of reveals."""

from __future__ import annotations

from apps.accounts.models import Role, User
from apps.core.actor import person
from apps.customers.enums import IdentityKind
from apps.customers.models import Identity
from apps.privacy.enums import FieldClass, RevealReason
from apps.privacy.models import RevealPolicy
from apps.privacy.permits import REVEAL
from apps.privacy.services.reveals import reveal_field
from apps.tickets.models import Ticket


def write_reveal() -> None:
    """The vendor's people may ask; numbers need approval. Nobody is shown this value, so the seed's transaction does no harm."""
    # Their managers too: who may less than a role gives it to nobody.
    for role in Role.objects.filter(key__in=("vendor_agent", "vendor_manager")):
        role.permissions = [*role.permissions, REVEAL]
        role.save(update_fields=["permissions"])
        RevealPolicy.objects.create(
            role=role, approval_classes=[FieldClass.ID_NUMBER, FieldClass.BANK_CARD, FieldClass.PHONE]
        )
    agent = person(User.objects.get(username="vendor_agent"))
    theirs = Ticket.objects.visible_to(agent).filter(customer__identities__kind=IdentityKind.EMAIL, assignee=agent.user)
    ticket = theirs.order_by("-opened_at").first()
    if ticket is None:  # a small world, in which nothing came to them yet
        return
    mail = Identity.objects.filter(customer=ticket.customer_id, kind=IdentityKind.EMAIL)[0]
    reveal_field(
        by=agent,
        kind="identity",
        record_id=mail.public_id,
        field="value",
        reason_kind=RevealReason.DELIVER,
        reason="快递公司需要收件人的邮箱。 / The courier asks for the address.",
        is_proven=True,
    )
