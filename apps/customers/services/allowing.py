"""What a customer told an agent, or another system, that they allow or take back."""

from __future__ import annotations

from django.db import transaction

from apps.core.actor import Actor, ActorKind
from apps.customers.models import Customer
from apps.customers.services.customers import editable
from apps.privacy.enums import Purpose, Shown
from apps.privacy.models import Consent
from apps.privacy.services.consenting import give_consent, withdraw_consent


@transaction.atomic
def set_allowed(*, customer: Customer, purpose: Purpose, is_allowed: bool, by: Actor, proof: str = "") -> Consent:
    row = editable(customer, by)
    shown = Shown.API if by.kind is ActorKind.TOKEN else Shown.AGENT
    if is_allowed:
        return give_consent(customer_id=row.pk, purpose=purpose, shown=shown, proof=proof, by=by)
    return withdraw_consent(customer_id=row.pk, purpose=purpose, shown=shown, by=by)
