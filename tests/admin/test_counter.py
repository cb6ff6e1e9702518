"""A manager sets a branch up; others find nothing."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.core.models import AuditEntry
from apps.counter.models import Branch, Window
from tests.factories.channels import ChannelFactory
from tests.factories.counter import BranchFactory, ServiceTypeFactory

pytestmark = pytest.mark.integration


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_manager_opens_a_branch_with_a_window(manager: User) -> None:
    service, channel, client = ServiceTypeFactory(), ChannelFactory(kind="counter"), signed_in(manager)
    branch = {
        "key": "lake",
        "name_en": "Shop at the lake",
        "time_zone": "Asia/Shanghai",
        "channel": channel.pk,
        "services": [service.pk],
        "is_active": "on",
    }

    client.post("/admin/counter/branch/add/", branch)
    made = Branch.objects.get()
    client.post("/admin/counter/window/add/", {"branch": made.pk, "label": "1", "is_active": "on"})

    assert list(made.services.all()) == [service]
    assert Window.objects.get().branch == made
    assert (
        f"/counter/kiosk/{made.kiosk_key}/" in client.get(f"/admin/counter/branch/{made.pk}/change/").content.decode()
    )


def test_kiosks_get_a_new_address(manager: User, agent: User) -> None:
    branch = BranchFactory()
    old, press = branch.kiosk_key, {"action": "change_kiosk_key", "_selected_action": [branch.pk]}

    signed_in(agent).post("/admin/counter/branch/", press)
    branch.refresh_from_db()
    assert branch.kiosk_key == old

    signed_in(manager).post("/admin/counter/branch/", press)
    branch.refresh_from_db()
    assert branch.kiosk_key != old
    assert Client().get(f"/counter/kiosk/{old}/").status_code == 404
    assert AuditEntry.objects.filter(action="counter.branch.kiosk_key_changed").count() == 1
