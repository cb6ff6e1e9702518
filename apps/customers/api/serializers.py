from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from apps.core.actor import Actor
from apps.core.api.fields import PublicIdField, TranslatedField, VisibleId, actor_of
from apps.core.api.serializers import Input, Output
from apps.customers.enums import CustomerLevel, TagTarget
from apps.customers.models import Customer, Guardian, Identity, Organization
from apps.customers.selectors import GuardianRow, company_name, guardian_row, names_in_companies
from apps.privacy.api.serializers import LensText
from apps.privacy.enums import Purpose
from apps.privacy.lens import Known, Lens, lens_for

LANGUAGES = [(code, code) for code, _label in settings.LANGUAGES]
TIME_ZONE = RegexValidator(r"^[A-Za-z0-9_+/-]{1,64}$", _("Give a time zone such as Asia/Shanghai."))
CUSTOMER_ID = "Zr3m1Xk0Qp2Vb7Tn5Wc9Lg"
IDENTITY = {
    "id": "Kf8s2Jd7Hq4Mz1Xv6Np0Ry",
    "customer": CUSTOMER_ID,
    "kind": "phone",
    "scope": "",
    "value": "+8613800000001",
    "is_verified": True,
    "is_primary": True,
    "created": "2026-01-31T09:00:00Z",
}
ORGANIZATION = {
    "id": "Tb6y3Gc9Ws2Ej5Uk8Ia1Oq",
    "name": "示例科技有限公司",
    "level": "gold",
    "note": "",
    "version": 2,
    "created": "2026-01-05T02:00:00Z",
    "updated": "2026-01-31T09:00:00Z",
}
CUSTOMER = {
    "id": CUSTOMER_ID,
    "name": "李娜",
    "level": "vip",
    "language": "zh-hans",
    "time_zone": "Asia/Shanghai",
    "prefers": "phone",
    "organization": {"id": ORGANIZATION["id"], "name": "示例科技有限公司"},
    "tags": ["wholesale"],
    "identities": [IDENTITY],
    "is_minor": False,
    "guardian": None,
    "merged_into": None,
    "version": 7,
    "created": "2026-01-05T02:00:00Z",
    "updated": "2026-01-31T09:00:00Z",
}
NOTE = {
    "id": "Qa1z2Ws3Ed4Rf5Tg6Yh7Uj",
    "author": "wang.fang",
    "body": "Prefers to be called in the afternoon.",
    "is_pinned": False,
    "created": "2026-01-31T09:00:00Z",
}


def example(value: Mapping[str, Any], *, request: bool = False) -> OpenApiExample:
    return OpenApiExample("example", value=dict(value), request_only=request, response_only=not request)


@extend_schema_serializer(
    examples=[example({"key": "wholesale", "name": {"en": "Wholesale", "zh-hans": "批发"}, "target": "both"})]
)
class TagOutput(Output):
    key = serializers.CharField()
    name = TranslatedField(read_only=True)
    target = serializers.ChoiceField(choices=TagTarget.choices)


@extend_schema_serializer(examples=[example(IDENTITY)])
class IdentityOutput(Output):
    """One handle of a customer, in the form in which this credential may see it."""

    id = PublicIdField()
    customer = serializers.SerializerMethodField()
    kind = serializers.CharField()
    scope = serializers.CharField(
        help_text=_("The account that issued the handle; empty where it is the same anywhere.")
    )
    value = serializers.SerializerMethodField("shown_value")
    is_verified = serializers.SerializerMethodField()
    is_primary = serializers.BooleanField()
    created = serializers.DateTimeField()

    def get_customer(self, row: Identity) -> str:
        return row.customer.public_id

    def shown_value(self, row: Identity) -> str:
        return lens_for(actor_of(self)).of(row.customer.is_minor).value(row.kind, row.value)

    def get_is_verified(self, row: Identity) -> bool:
        return row.verified_at is not None


@extend_schema_field(OpenApiTypes.STR)
class CompanyText(serializers.Field[Any, Any, str, Any]):
    """A company's name or the note about it, in which the names of its people count as personal data."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, "source": "*", **kwargs})

    def to_representation(self, organization: Organization) -> str:
        lens = lens_for(actor_of(self))
        return lens.text(
            getattr(organization, str(self.field_name)), known=_names_in_answer(self, lens)[organization.pk]
        )


def _names_in_answer(field: serializers.Field[Any, Any, Any, Any], lens: Lens) -> Mapping[int, tuple[Known, ...]]:
    """Of all companies in the answer, read once."""
    context = cast("dict[str, Any]", field.context)
    if "names_in_companies" not in context:
        shown: Any = field.root.instance
        rows = shown if isinstance(shown, (list, tuple, QuerySet)) else [shown]
        ids = (row.pk if isinstance(row, Organization) else row.organization_id for row in rows)
        context["names_in_companies"] = names_in_companies((pk for pk in ids if pk), lens)
    names: Mapping[int, tuple[Known, ...]] = context["names_in_companies"]
    return names


class OrganizationRef(Output):
    """The company of a customer; which may be called after them."""

    id = serializers.CharField()
    name = serializers.CharField()

    def to_representation(self, customer: Customer) -> Any:
        company, lens = customer.organization, lens_for(actor_of(self))
        if company is None:
            return None
        name = company_name(customer, lens.of(customer.is_minor), _names_in_answer(self, lens))
        return {"id": company.public_id, "name": name}


@extend_schema_serializer(
    examples=[example({"name": "李强", "handle": "+8613800000002", "consented_on": "2026-01-30"})]
)
class GuardianOutput(Output):
    """Who decides for a minor, and since when they allow that the minor's data be used."""

    name = serializers.SerializerMethodField()
    handle = serializers.SerializerMethodField(help_text=_("A phone number or an e-mail address."))
    consented_on = serializers.DateField(allow_null=True)

    def get_name(self, row: Guardian) -> str:
        return self._shown(row).name

    def get_handle(self, row: Guardian) -> str:
        return self._shown(row).handle

    def _shown(self, row: Guardian) -> GuardianRow:
        return guardian_row(row, lens_for(actor_of(self)).of(row.customer.is_minor))


@extend_schema_serializer(examples=[example(ORGANIZATION)])
class OrganizationOutput(Output):
    id = PublicIdField()
    name = CompanyText()
    level = serializers.ChoiceField(choices=CustomerLevel.choices)
    note = CompanyText()
    version = serializers.IntegerField()
    created = serializers.DateTimeField()
    updated = serializers.DateTimeField()


@extend_schema_field(OpenApiTypes.STR)
class CustomerName(serializers.Field[Any, Any, str, Any]):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, "source": "*", **kwargs})

    def to_representation(self, customer: Customer) -> str:
        return lens_for(actor_of(self)).of(customer.is_minor).name(customer.name)


@extend_schema_serializer(examples=[example(CUSTOMER)])
class CustomerOutput(Output):
    id = PublicIdField()
    name = CustomerName()
    level = serializers.ChoiceField(choices=CustomerLevel.choices)
    language = serializers.CharField()
    time_zone = serializers.CharField()
    prefers = serializers.CharField(help_text=_("A kind of identity, entered by hand."))
    organization = OrganizationRef(source="*", allow_null=True)
    tags = serializers.SerializerMethodField()
    identities = IdentityOutput(many=True)
    is_minor = serializers.BooleanField(help_text=_("Their data are shown more strictly to who may not see minors."))
    guardian = GuardianOutput(allow_null=True)
    merged_into = serializers.SerializerMethodField(help_text=_("The record that this one was merged into."))
    version = serializers.IntegerField()
    created = serializers.DateTimeField()
    updated = serializers.DateTimeField()

    def get_tags(self, row: Any) -> list[str]:
        return sorted(tag.key for tag in row.tags.all())

    @extend_schema_field({"type": "string", "nullable": True})
    def get_merged_into(self, row: Any) -> str | None:
        return row.merged_into.public_id if row.merged_into else None


class NoteText(LensText):
    """Of a note about a customer, masked as what is of them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"source": "*", **kwargs})

    def to_representation(self, value: Any) -> str:
        lens = lens_for(actor_of(self)).of(value.customer.is_minor)
        return lens.for_staff_texts.text(value.body, known=() if value.is_blind else self.context.get("known", ()))


@extend_schema_serializer(examples=[example(NOTE)])
class CustomerNoteOutput(Output):
    id = PublicIdField()
    author = serializers.CharField(source="author.username")
    body = NoteText()
    is_pinned = serializers.BooleanField()
    created = serializers.DateTimeField()


# --- Requests -----------------------------------------------------------------------------------------------------


@extend_schema_serializer(examples=[example({"kind": "email", "value": "li.na@example.com"}, request=True)])
class IdentityInput(Input):
    kind = serializers.CharField(max_length=40)
    value = serializers.CharField(max_length=500)


@extend_schema_serializer(
    examples=[example({"name": "李强", "handle": "138 0000 0002", "consented_on": "2026-01-30"}, request=True)]
)
class GuardianInput(Input):
    name = serializers.CharField(max_length=200, required=False)
    handle = serializers.CharField(max_length=250, required=False, allow_blank=True)
    consented_on = serializers.DateField(required=False, allow_null=True)


def _organizations(actor: Actor) -> QuerySet[Organization]:
    return Organization.objects.visible_to(actor)


class _CustomerFields(Input):
    level = serializers.ChoiceField(choices=CustomerLevel.choices, required=False)
    language = serializers.ChoiceField(choices=LANGUAGES, required=False, allow_blank=True)
    time_zone = serializers.CharField(max_length=64, required=False, allow_blank=True, validators=[TIME_ZONE])
    organization = VisibleId(_organizations, required=False, allow_null=True)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=50),
        max_length=50,
        required=False,
        help_text=_("Keys of tags, in place of those that are set now."),
    )
    is_minor = serializers.BooleanField(
        required=False, help_text=_("Taking it away needs the right to see minors, and forgets the guardian.")
    )
    guardian = GuardianInput(
        required=False,
        help_text=_(
            "Of a minor. Only the fields that are sent change; changing one that is noted needs the right to see minors."
        ),
    )


@extend_schema_serializer(
    examples=[
        example(
            {
                "name": "李娜",
                "level": "vip",
                "language": "zh-hans",
                "tags": ["wholesale"],
                "identities": [{"kind": "phone", "value": "138 0000 0001"}],
            },
            request=True,
        )
    ]
)
class CustomerCreateInput(_CustomerFields):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    identities = IdentityInput(many=True, required=False)

    def validate_identities(self, rows: list[Any]) -> list[Any]:
        if len(rows) > 20:
            raise serializers.ValidationError(_("At most 20 at once."))
        return rows


@extend_schema_serializer(examples=[example({"level": "gold", "tags": []}, request=True)])
class CustomerUpdateInput(_CustomerFields):
    prefers = serializers.CharField(max_length=40, required=False, allow_blank=True)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)


def _customers(actor: Actor) -> QuerySet[Customer]:
    return Customer.objects.visible_to(actor)


@extend_schema_serializer(examples=[example({"into": CUSTOMER_ID}, request=True)])
class CustomerMergeInput(Input):
    into = VisibleId(_customers, help_text=_("The record that lives on."))


@extend_schema_serializer(examples=[example({"body": "Prefers to be called in the afternoon."}, request=True)])
class CustomerNoteInput(Input):
    body = serializers.CharField(max_length=20_000)
    is_pinned = serializers.BooleanField(required=False)


@extend_schema_serializer(examples=[example({"purpose": "surveys", "is_allowed": False}, request=True)])
class ConsentInput(Input):
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    is_allowed = serializers.BooleanField()
    proof = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, help_text=_("What the customer saw and did, in words.")
    )


@extend_schema_serializer(
    examples=[
        example({"purpose": "surveys", "is_allowed": False, "since": "2026-01-31T09:00:00Z", "notice": "harbour 2"})
    ]
)
class ConsentOutput(Output):
    """One use of a customer's data as it stands now."""

    purpose = serializers.ChoiceField(choices=Purpose.choices)
    is_allowed = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True, help_text=_("When they said so; null if they never did."))
    notice = serializers.CharField(help_text=_("Which version of the privacy notice they agreed to."))


@extend_schema_serializer(examples=[example({"name": "示例科技有限公司", "level": "gold"}, request=True)])
class OrganizationInput(Input):
    name = serializers.CharField(max_length=200)
    level = serializers.ChoiceField(choices=CustomerLevel.choices, required=False)
    note = serializers.CharField(max_length=20_000, required=False, allow_blank=True)


@extend_schema_serializer(examples=[example({"level": "vip"}, request=True)])
class OrganizationUpdateInput(OrganizationInput):
    name = serializers.CharField(max_length=200, required=False)


class _SuggestedCustomer(Output):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()


@extend_schema_serializer(
    examples=[
        example(
            {
                "id": "Mw4t7Zk1Qs8Vd2Lx5Bn0Pe",
                "older": {"id": CUSTOMER_ID, "name": "李娜"},
                "newer": {"id": "Ye2r6Ui9Op3As5Df8Gh1Jk", "name": "Li Na"},
                "evidence": ["+8613800000001: Both were proved to have it"],
                "created": "2026-01-31T09:00:00Z",
            }
        )
    ]
)
class MergeSuggestionOutput(Output):
    """Two records that may be one person."""

    id = serializers.CharField(source="public_id")
    older = _SuggestedCustomer(help_text=_("Would live on."))
    newer = _SuggestedCustomer()
    evidence = serializers.ListField(child=serializers.CharField(), help_text=_("What speaks for it, in words."))
    created = serializers.DateTimeField()


@extend_schema_serializer(examples=[example({"decision": "accept"}, request=True)])
class SuggestionDecisionInput(Input):
    decision = serializers.ChoiceField(choices=["accept", "dismiss", "open"])
