"""Customers who exist nowhere: reserved numbers and example domains only."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from apps.customers.identities import normalize, tail_of
from apps.customers.models import Customer, CustomerNote, Identity, Organization, Tag
from tests.factories.accounts import UserFactory


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"Example Trading {n}")


class TagFactory(DjangoModelFactory):
    class Meta:
        model = Tag

    key = factory.Sequence(lambda n: f"tag-{n}")
    name = factory.LazyAttribute(lambda tag: {"en": tag.key, "zh-hans": tag.key})


class CustomerFactory(DjangoModelFactory):
    """`CustomerFactory(phone="+8613800138000", email="lee@example.com")` adds these identities."""

    class Meta:
        model = Customer
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"王小明{n}")

    @factory.post_generation
    def phone(customer: Customer, create: bool, extracted: str | None, **kwargs: Any) -> None:  # noqa: N805
        if create and extracted:
            IdentityFactory(customer=customer, kind="phone", value=extracted)

    @factory.post_generation
    def email(customer: Customer, create: bool, extracted: str | None, **kwargs: Any) -> None:  # noqa: N805
        if create and extracted:
            IdentityFactory(customer=customer, kind="email", value=extracted)


class IdentityFactory(DjangoModelFactory):
    class Meta:
        model = Identity

    customer = factory.SubFactory(CustomerFactory)
    kind = "email"
    value = factory.Sequence(lambda n: f"customer-{n}@example.com")
    tail = factory.LazyAttribute(lambda identity: tail_of(identity.kind, normalize(identity.kind, identity.value)))

    @classmethod
    def _create(cls, model_class: type[Identity], *args: Any, **kwargs: Any) -> Identity:
        kwargs["value"] = normalize(kwargs["kind"], kwargs["value"])
        return super()._create(model_class, *args, **kwargs)


class CustomerNoteFactory(DjangoModelFactory):
    class Meta:
        model = CustomerNote

    customer = factory.SubFactory(CustomerFactory)
    author = factory.SubFactory(UserFactory)
    body = "Prefers to be called in the morning."
