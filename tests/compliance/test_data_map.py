"""The map of personal data: complete by the models, true to what is in force, and for those alone who read the trail."""

import csv
import io
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from apps.compliance import declared
from apps.compliance.selectors.data_map import classes_of, data_map, holds_words, our_models, undecided
from apps.core.evidence import all_sections
from apps.core.fields import EncryptedField
from apps.core.models import AuditEntry
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.models import LensPolicy, RetentionRule
from apps.privacy.retention import class_of

pytestmark = pytest.mark.integration


def entry_of(column):
    return next(entry for entry in data_map() if entry.column == column)


def test_somebody_decided_about_every_field_that_can_hold_words():
    assert undecided() == [], "Say in apps/compliance/declared.py which class of data it is, or that it is none."


def test_a_new_field_in_clear_is_not_decided_about(monkeypatch):
    monkeypatch.delitem(declared.NOT_PERSONAL, "accounts.Skill")
    assert undecided() == ["accounts.Skill.key", "accounts.Skill.name"]


def test_what_is_declared_is_there_and_once():
    known = {model._meta.label: {field.name for field in model._meta.concrete_fields} for model in our_models()}
    for label, names in declared.NOT_PERSONAL.items():
        assert set(names.split()) <= known[label], label
        assert not set(names.split()) & set(declared.CLASSES.get(label, ())), label
    assert [label for label, fields in declared.CLASSES.items() if not set(fields) <= known[label]] == []
    assert {*declared.OUTLETS, *declared.DISPOSED_WITH, *declared.ENDS_BY_ITSELF} <= set(known)
    assert [key for key in declared.DISPOSED_WITH.values() if class_of(key) is None] == []


def test_nothing_encrypted_is_called_not_personal():
    fields = [
        field for model in our_models() for field in model._meta.concrete_fields if isinstance(field, EncryptedField)
    ]
    assert len(fields) > 50
    assert [str(field) for field in fields if not classes_of(field) or not holds_words(field)] == []
    declared_none = {label: names.split() for label, names in declared.NOT_PERSONAL.items()}
    assert [str(field) for field in fields if field.name in declared_none.get(field.model._meta.label, ())] == []


@pytest.mark.django_db
def test_each_field_says_class_keeping_and_who_gets_it(agent, outsourcing_agent, channel):
    role = agent.role
    LensPolicy.objects.create(role=role, field_class=FieldClass.NAME, mode=Mode.HIDDEN)
    RetentionRule.objects.create(data_class="customers.idle", clock="", days=400, is_active=True)
    name = entry_of("customers_customer.name")
    assert (name.classes, name.is_encrypted) == ((FieldClass.NAME,), True)
    assert "400" in name.keeping
    shown, hidden = name.recipients.split("masked or hidden: ")
    assert str(role.name) in hidden.split(";")[0]
    assert str(role.name) not in shown
    assert str(channel.name) in entry_of("tickets_message.text").recipients
    assert entry_of("accounts_totpfactor.secret").recipients == "nobody"
    assert entry_of("accounts_skill.key").classes == ()


@pytest.mark.django_db
def test_the_page_searches_and_the_file_holds_what_it_shows(client, manager):
    client.force_login(manager)
    page = client.get(reverse("admin:data-map"), {"q": "phone surveyresponse"})
    assert [entry.column for entry in page.context["entries"]] == ["qa_surveyresponse.phone"]
    for kind in ("csv", "xlsx"):
        answer = client.get(reverse("admin:data-map-file", args=[kind]), {"q": "phone surveyresponse"})
        assert answer.status_code == 200
        if kind == "csv":
            _head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
            assert [row[2] for row in rows] == ["qa_surveyresponse.phone"]
        else:
            with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
                assert b"qa_surveyresponse.phone" in book.read("xl/sharedStrings.xml")
    assert AuditEntry.objects.filter(action="data_map.exported").count() == 2
    assert not client.get(reverse("admin:data-map"), {"q": "no such words"}).context["entries"]


@pytest.mark.django_db
def test_it_is_the_house_s(agent, outsourcing_agent):
    for user in (agent, outsourcing_agent):
        client = Client()
        client.force_login(user)
        for address in (reverse("admin:data-map"), reverse("admin:data-map-file", args=["csv"])):
            assert client.get(address).status_code != 200
    assert not AuditEntry.objects.filter(action="data_map.exported").exists()


@pytest.mark.django_db
def test_the_pack_for_auditors_has_it():
    rows = list(all_sections()["data_map"].rows(None))
    assert any("customers_identity.value" in row for row in rows)
