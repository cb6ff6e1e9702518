"""Channel policies as a manager fills them in."""

import pytest
from django.urls import reverse

from apps.core.models import AuditEntry
from apps.sla.models import ChannelPolicy
from tests.factories.channels import ChannelFactory
from tests.factories.sla import CalendarFactory

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
