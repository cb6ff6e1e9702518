import pytest
from django.urls import reverse

from apps.accounts.models import Brand
from apps.channels import registry
from apps.channels.admin.channels import dressed
from apps.channels.contract import CheckResult, Connector, Setting, SettingType
from apps.channels.forms import settings_form_for
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.core.models import AuditEntry
from apps.tickets.models import IntakeRule
from tests.factories.channels import ChannelFactory, DeliveryFactory, InboundEventFactory

pytestmark = pytest.mark.integration


@pytest.fixture
def pigeon():
    """A kind of channel with a setting of each sort."""

    class PigeonConnector(Connector):
        kind = "pigeon"
        label = "Pigeon"
        settings = (
            Setting("loft", "Loft", required=True),
            Setting("birds", "Birds", type=SettingType.INTEGER, minimum=1, maximum=9, default=2),
            Setting("breed", "Breed", type=SettingType.CHOICE, choices=(("rock", "Rock"), ("homer", "Homer"))),
            Setting("whistle", "Whistle", secret=True, required=True),
        )

        def check(self, channel: Channel) -> CheckResult:
            return CheckResult(is_ok=channel.secrets.get("whistle") == "tweet", message="The birds answered.")

    registry.register(PigeonConnector)
    yield PigeonConnector
    registry.unregister("pigeon")


@pytest.fixture
def loft(pigeon):
    return ChannelFactory(key="loft", kind="pigeon", settings={"loft": "roof"}, secrets={"whistle": "tweet"})


def form_of(channel, **changes):
    return {
        "name_zh_hans": "信鸽",
        "name_en": "Pigeons",
        "brand": channel.brand_id,
        "default_language": "en",
        "is_active": "on",
        "connector-loft": "roof",
        "connector-birds": "3",
        "connector-breed": "homer",
        "connector-whistle": "",
        **changes,
    }


def change(channel):
    return reverse("admin:contact_channels_channel_change", args=[channel.pk])


def test_add_leads_to_the_connectors_settings(office, pigeon):
    brand = Brand.objects.create(key="b", name={"en": "B"})
    form = {
        "kind": "pigeon",
        "key": "roof",
        "name_zh_hans": "信鸽",
        "name_en": "Pigeons",
        "brand": brand.pk,
        "default_language": "en",
        "is_active": "on",
    }

    response = office.post(reverse("admin:contact_channels_channel_add"), form)

    channel = Channel.objects.get(key="roof")
    assert response["Location"] == change(channel)
    page = office.get(change(channel)).content.decode()
    for name in ("connector-loft", "connector-birds", "connector-breed", "connector-whistle"):
        assert f'name="{name}"' in page


def test_settings_are_saved_and_secrets_stay_unless_written(office, loft):
    assert office.post(change(loft), form_of(loft)).status_code == 302

    loft.refresh_from_db()
    assert loft.settings == {"loft": "roof", "birds": 3, "breed": "homer"}
    assert loft.secrets == {"whistle": "tweet"}
    assert loft.name == {"zh-hans": "信鸽", "en": "Pigeons"}

    office.post(change(loft), form_of(loft, **{"connector-whistle": "chirp"}))
    loft.refresh_from_db()
    assert loft.secrets == {"whistle": "chirp"}


def test_secrets_are_never_shown_nor_audited(office, loft):
    office.post(change(loft), form_of(loft, **{"connector-whistle": "s3cret-whistle"}))

    assert "s3cret-whistle" not in office.get(change(loft)).content.decode()
    entries = AuditEntry.objects.filter(subject_id=loft.pk)
    assert {"channels.configured", "contact_channels.channel.changed"} <= set(entries.values_list("action", flat=True))
    assert "s3cret-whistle" not in str([entry.details for entry in entries])


@pytest.mark.parametrize(("field", "value"), [("loft", ""), ("birds", "10"), ("birds", "x"), ("breed", "eagle")])
def test_wrong_settings_are_shown_at_their_field(office, loft, field, value):
    response = office.post(change(loft), form_of(loft, **{f"connector-{field}": value}))

    assert response.status_code == 200
    assert f"connector-{field}" in response.context["adminform"].form.errors
    loft.refresh_from_db()
    assert loft.settings == {"loft": "roof"}


def test_kind_and_key_are_fixed(office, loft):
    office.post(change(loft), form_of(loft, kind="form", key="other"))

    loft.refresh_from_db()
    assert (loft.kind, loft.key) == ("pigeon", "loft")


def test_fields_that_the_form_does_not_have_are_not_written(office, loft):
    """Bad input 68: no copy, forward or secret by an extra field."""
    form = form_of(loft, secrets='{"whistle": "x"}', settings='{"bcc": "evil@example.com"}', last_error_code="x")

    office.post(change(loft), form)

    loft.refresh_from_db()
    assert "bcc" not in loft.settings
    assert loft.secrets == {"whistle": "tweet"}
    assert loft.last_error_code == ""


def test_check_the_connection(office, loft):
    body = {"action": "check_connection", "_selected_action": [loft.pk]}

    page = office.post(reverse("admin:contact_channels_channel_changelist"), body, follow=True).content.decode()

    assert "The birds answered." in page


def test_a_kind_that_is_no_longer_installed_still_opens(office):
    channel = ChannelFactory(kind="gone")

    assert office.get(change(channel)).status_code == 200
    assert office.get(reverse("admin:contact_channels_channel_changelist")).status_code == 200


def test_intake_rule(office, channel, queue):
    form = {
        "channel": channel.pk,
        "queue": queue.pk,
        "priority": "20",
        "type": "question",
        "reopen_days": "14",
        "acknowledgement_zh_hans": "收到",
        "acknowledgement_en": "Received",
        "acknowledge": "on",
        "required_on_resolve": ["summary"],
    }

    assert office.post(reverse("admin:tickets_intakerule_add"), form).status_code == 302

    rule = IntakeRule.objects.get()
    assert (rule.queue, rule.acknowledge, rule.required_on_resolve) == (queue, True, ["summary"])


def test_parked_items_are_processed_again_or_discarded(office):
    first, second = (InboundEventFactory(state="parked", error_code="channels.unreadable") for _ in range(2))
    done = InboundEventFactory(state="done")
    page = reverse("admin:contact_channels_inboundevent_changelist")

    office.post(page, {"action": "replay", "_selected_action": [first.pk, done.pk]})
    office.post(page, {"action": "discard", "_selected_action": [second.pk]})

    states = dict(InboundEvent.objects.values_list("pk", "state"))
    assert states == {first.pk: "received", second.pk: "ignored", done.pk: "done"}


def test_deliveries_are_sent_again_or_taken_back(office):
    failed, queued = DeliveryFactory(state="failed"), DeliveryFactory()
    page = reverse("admin:contact_channels_delivery_changelist")

    office.post(page, {"action": "cancel", "_selected_action": [queued.pk]})

    assert Delivery.objects.get(pk=queued.pk).state == "cancelled"
    assert Delivery.objects.get(pk=failed.pk).state == "failed"


def test_payloads_are_never_shown(office):
    event = InboundEventFactory(payload=b"planted-secret", envelope={"from": "planted-secret"})
    delivery = DeliveryFactory(payload={"text": "planted-secret"})

    for name, row in (("inboundevent", event), ("delivery", delivery)):
        for page in (f"admin:contact_channels_{name}_changelist", f"admin:contact_channels_{name}_change"):
            args = [] if page.endswith("list") else [row.pk]
            assert "planted-secret" not in office.get(reverse(page, args=args)).content.decode()


def test_the_address_to_enter_at_the_platform_is_shown(office, loft, settings):
    settings.SITE_URL = "https://desk.example.com"
    wechat = ChannelFactory(key="oa", kind="wechat_oa")

    assert "<code>https://desk.example.com/hooks/oa/</code>" in office.get(change(wechat)).content.decode()
    assert "/hooks/" not in office.get(change(loft)).content.decode()


@pytest.mark.parametrize("connector", registry.all(), ids=lambda connector: connector.kind)
def test_every_setting_wears_the_clothes_of_the_administration(connector):
    fields = settings_form_for(connector)().fields

    assert [name for name, field in fields.items() if "class" not in dressed(field).widget.attrs] == []
