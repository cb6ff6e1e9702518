"""Channel policies as a manager fills them in."""

import pytest
from django.urls import reverse

from apps.core.models import AuditEntry
from apps.sla.models import ChannelPolicy
from apps.tickets.models import ContentRule, IntakeRule
from tests.factories.accounts import TeamFactory
from tests.factories.channels import ChannelFactory
from tests.factories.sla import CalendarFactory
from tests.factories.tickets import QueueFactory

pytestmark = pytest.mark.integration


def test_the_admin_makes_changes_and_removes_a_policy(office):
    channel = ChannelFactory(key="support")
    calendar = CalendarFactory(key="office")
    form = {
        "calendar": calendar.pk,
        "answer_minutes": "60",
        "makes_follow_ups": "on",
        "out_of_hours_text_en": "Closed.",
    }

    office.post(reverse("admin:sla_channelpolicy_add"), {**form, "channel": channel.pk})
    policy = ChannelPolicy.objects.get()
    assert (policy.channel_id, policy.answer_minutes, policy.makes_follow_ups) == (channel.pk, 60, True)

    change = reverse("admin:sla_channelpolicy_change", args=[policy.pk])
    answer = office.post(change, {**form, "answer_minutes": "0"})
    assert answer.status_code == 200
    assert ChannelPolicy.objects.get().answer_minutes == 60
    office.post(change, {**form, "answer_minutes": "90"})
    assert ChannelPolicy.objects.get().answer_minutes == 90

    office.post(reverse("admin:sla_channelpolicy_delete", args=[policy.pk]), {"post": "yes"})
    assert not ChannelPolicy.objects.exists()
    assert AuditEntry.objects.filter(action="sla.policy.removed").count() == 1


def test_a_calendar_without_working_time_is_hinted_at(office):
    channel = ChannelFactory(key="support")
    told = {}
    for key, week in (("never", [""] * 7), ("office", ["09:00-18:00"] * 7)):
        form = {"channel": channel.pk, "calendar": CalendarFactory(key=key, week=week).pk, "answer_minutes": "60"}
        told[key] = office.post(reverse("admin:sla_channelpolicy_add"), form, follow=True).content.decode()
        ChannelPolicy.objects.all().delete()
    assert ["The calendar has no working time" in told[key] for key in ("never", "office")] == [True, False]


def test_a_content_rule_is_filled_in_and_then_holds_for_automatic_texts(office):
    channel = ChannelFactory(key="support")
    form = {
        "channel": channel.pk, "forbidden_words": "guaranteed = as a rule", "words_breach": "ask",
        "link_policy": "listed", "link_domains": "*.Harbour.example, example.org", "links_breach": "refuse",
        "personal_data": "refuse",
    }  # fmt: skip
    for wrong in ({"link_domains": "https://example.org/x"}, {"forbidden_words": "soon = later\nlater"}):
        assert office.post(reverse("admin:tickets_contentrule_add"), {**form, **wrong}).status_code == 200
    assert not ContentRule.objects.exists()
    assert office.post(reverse("admin:tickets_contentrule_add"), form).status_code == 302
    assert ContentRule.objects.get().link_domains == ["harbour.example", "example.org"]

    policy = {"channel": channel.pk, "answer_minutes": "60", "out_of_hours_text_en": "Guaranteed tomorrow."}
    refused = office.post(reverse("admin:sla_channelpolicy_add"), policy)
    assert "“guaranteed” must not be said here" in refused.content.decode()
    queue = QueueFactory()
    intake = {
        "channel": channel.pk, "queue": queue.pk, "priority": "20", "type": "question", "reopen_days": "14",
        "acknowledge": "on", "acknowledgement_en": "See https://elsewhere.example/",
    }  # fmt: skip
    refused = office.post(reverse("admin:tickets_intakerule_add"), intake)
    assert "Links to elsewhere.example are not sent here." in refused.content.decode()
    assert [ChannelPolicy.objects.exists(), IntakeRule.objects.exists()] == [False, False]
    assert (
        office.post(reverse("admin:tickets_intakerule_add"), {**intake, "acknowledgement_en": "Hi"}).status_code == 302
    )


def test_the_team_of_an_intake_rule_is_among_those_it_allows(office):
    channel, queue, team, other = ChannelFactory(), QueueFactory(), TeamFactory(), TeamFactory()
    rule = {
        "channel": channel.pk, "queue": queue.pk, "priority": "20", "type": "question", "reopen_days": "14",
        "team": team.pk,
    }  # fmt: skip
    address = reverse("admin:tickets_intakerule_add")

    refused = office.post(address, {**rule, "teams": [other.pk]})
    assert "This team is not among the allowed ones." in refused.content.decode()
    assert not IntakeRule.objects.exists()
    assert office.post(address, {**rule, "teams": [team.pk, other.pk]}).status_code == 302
