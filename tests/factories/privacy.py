import factory
from factory.django import DjangoModelFactory

from apps.core.clock import now
from apps.privacy.enums import FieldClass, Mode, RevealReason, RevealState
from apps.privacy.models import LensPolicy, Reveal
from tests.factories.accounts import RoleFactory, UserFactory


class LensPolicyFactory(DjangoModelFactory):
    class Meta:
        model = LensPolicy

    role = factory.SubFactory(RoleFactory)
    field_class = FieldClass.PHONE
    mode = Mode.MASKED


class RevealFactory(DjangoModelFactory):
    """One that was shown."""

    class Meta:
        model = Reveal

    user = factory.SubFactory(UserFactory)
    kind = "identity"
    record_id = 1
    field = "value"
    field_class = FieldClass.PHONE
    reason_kind = RevealReason.DELIVER
    reason = "The courier asks for a number"
    state = RevealState.SHOWN
    created = factory.LazyFunction(now)
    shown_at = factory.SelfAttribute("created")
    until = factory.SelfAttribute("created")
