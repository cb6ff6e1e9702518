"""A connector's declared settings become a form; secrets go in and never come out."""

from typing import Any

import pytest

from apps.accounts.models import User
from apps.channels import registry
from apps.channels.contract import Connector, Setting, SettingType
from apps.channels.forms import SettingsForm, settings_form_for
from apps.channels.models import Channel
from apps.channels.services.configuration import configure_channel
from apps.core.actor import Actor
from apps.core.errors import PermissionRefused
from apps.core.models import AuditEntry
from tests.channels.conftest import actor_for
from tests.factories.channels import ChannelFactory

pytestmark = pytest.mark.integration


class Declared(Connector):
    kind = "declared"
    label = "Declared"
    settings = (
        Setting("host", "Host", SettingType.HOST, required=True),
        Setting("port", "Port", SettingType.INTEGER, default=993, minimum=1, maximum=65535),
        Setting("tls", "TLS", SettingType.FLAG, default=True),
        Setting("mode", "Mode", SettingType.CHOICE, choices=(("a", "A"), ("b", "B"))),
        Setting("folders", "Folders", SettingType.LIST, default=("INBOX",)),
        Setting("greeting", "Greeting", SettingType.TRANSLATED),
        Setting("password", "Password", secret=True, required=True),
    )


DATA: dict[str, Any] = {
    "host": "imap.example.com",
    "port": "143",
    "folders": "INBOX\n\n 客服 \n",
    "greeting__zh_hans": "您好",
    "greeting__en": "Hello",
    "password": " hunter2 ",
}


def filled(channel: Channel | None = None, **changes: Any) -> SettingsForm:
    return settings_form_for(Declared())({**DATA, **changes}, channel=channel)


def test_what_is_entered_becomes_settings_and_secrets() -> None:
    form = filled()

    assert form.is_valid(), form.errors
    assert form.settings == {
        "host": "imap.example.com",
        "port": 143,
        "tls": False,
        "mode": "",
        "folders": ["INBOX", "客服"],
        "greeting": {"zh-hans": "您好", "en": "Hello"},
    }
    assert form.secrets == {"password": " hunter2 "}


@pytest.mark.parametrize(
    ("field", "value"),
    [("host", "http://x/"), ("host", "a b"), ("port", "0"), ("port", "70000"), ("mode", "c"), ("password", "")],
)
def test_what_is_wrong_is_refused(field: str, value: str) -> None:
    assert list(filled(**{field: value}).errors) == [field]


def test_a_stored_secret_is_never_shown_and_kept_when_left_empty(db: None) -> None:
    channel = ChannelFactory.create(settings={"host": "old.example.com"}, secrets={"password": "hunter2"})
    shown = settings_form_for(Declared())(channel=channel).as_p()

    assert "old.example.com" in shown
    assert "INBOX" in shown
    assert "hunter2" not in shown
    form = filled(channel, password="")
    assert form.is_valid()
    assert form.secrets == {}


def test_configuring_keeps_other_secrets_and_is_on_record(db: None, manager: User) -> None:
    channel = ChannelFactory.create(settings={"host": "old", "port": 1}, secrets={"password": "hunter2", "key": "k"})

    configure_channel(channel=channel, settings={"host": "new", "port": 1}, secrets={"key": "n"}, by=actor_for(manager))

    channel.refresh_from_db()
    assert channel.settings == {"host": "new", "port": 1}
    assert channel.secrets == {"password": "hunter2", "key": "n"}
    assert AuditEntry.objects.get().details == {"changed": ["host"], "secrets": ["key"]}


def test_who_may_not_configure_changes_nothing(db: None, bystander: Actor) -> None:
    channel = ChannelFactory.create(settings={"host": "old"})

    with pytest.raises(PermissionRefused):
        configure_channel(channel=channel, settings={}, secrets={}, by=bystander)
    channel.refresh_from_db()
    assert channel.settings == {"host": "old"}


@pytest.mark.parametrize("connector", registry.all(), ids=lambda connector: connector.kind)
def test_each_connector_declares_a_form_and_says_who_it_is(connector: Connector) -> None:
    form = settings_form_for(connector)()

    assert form.as_p() is not None
    assert str(connector.label)
    assert connector.icon
    assert len({setting.key for setting in connector.settings}) == len(connector.settings)
