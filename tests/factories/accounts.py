from typing import Any

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from apps.accounts.models import Brand, Role, Team, User, Vendor
from apps.accounts.roles import DEFAULT_ROLES

PASSWORD = "correct horse battery staple"


class RoleFactory(DjangoModelFactory):
    """`RoleFactory(key="agent")` is the role that every installation starts with."""

    class Meta:
        model = Role
        django_get_or_create = ("key",)

    key = factory.Sequence(lambda n: f"role-{n}")
    name = factory.LazyAttribute(lambda role: DEFAULT_ROLES.get(role.key, {}).get("name", {"en": role.key}))
    permissions = factory.LazyAttribute(
        lambda role: list(DEFAULT_ROLES.get(role.key, {}).get("permissions", ("tickets.view", "customers.view")))
    )
    is_outsourced = factory.LazyAttribute(lambda role: DEFAULT_ROLES.get(role.key, {}).get("is_outsourced", False))


class VendorFactory(DjangoModelFactory):
    class Meta:
        model = Vendor

    key = factory.Sequence(lambda n: f"vendor-{n}")
    name = factory.LazyAttribute(lambda vendor: {"en": vendor.key, "zh-hans": vendor.key})


class BrandFactory(DjangoModelFactory):
    class Meta:
        model = Brand

    key = factory.Sequence(lambda n: f"brand-{n}")
    name = factory.LazyAttribute(lambda brand: {"en": brand.key, "zh-hans": brand.key})
    sender_name = factory.SelfAttribute("name")


class TeamFactory(DjangoModelFactory):
    class Meta:
        model = Team

    key = factory.Sequence(lambda n: f"team-{n}")
    name = factory.LazyAttribute(lambda team: {"en": team.key, "zh-hans": team.key})
    group = factory.LazyAttribute(lambda team: Group.objects.create(name=f"team:{team.key}"))
    vendor = None


class UserFactory(DjangoModelFactory):
    """`UserFactory(role="supervisor", teams=[team])`; the password is `PASSWORD`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        role_key = "agent"

    username = factory.Sequence(lambda n: f"user-{n}")
    display_name = factory.LazyAttribute(lambda user: user.username.title())
    role = factory.LazyAttribute(lambda user: RoleFactory(key=user.role_key))
    language = "en"
    password = factory.django.Password(PASSWORD)

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        role = kwargs.get("role")
        if isinstance(role, str):
            kwargs["role"] = RoleFactory(key=role)
        return super()._create(model_class, *args, **kwargs)

    @factory.post_generation
    def teams(user: User, create: bool, extracted: Any, **kwargs: Any) -> None:  # noqa: N805 (factory-boy passes the object)
        if create and extracted:
            user.groups.add(*(team.group_id for team in extracted))
