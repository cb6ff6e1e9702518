import factory
from factory.django import DjangoModelFactory

from apps.privacy.enums import FieldClass, Mode
from apps.privacy.models import LensPolicy
from tests.factories.accounts import RoleFactory


class LensPolicyFactory(DjangoModelFactory):
    class Meta:
        model = LensPolicy

    role = factory.SubFactory(RoleFactory)
    field_class = FieldClass.PHONE
    mode = Mode.MASKED
