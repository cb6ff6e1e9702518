"""People who wait where nobody sits are told of on the health page, to who may sit down there."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.counter.selectors.unstaffed import notices
from tests.counter.conftest import Hall
from tests.factories.counter import draw

pytestmark = pytest.mark.integration


def test_people_who_wait_at_no_window_are_told_of(
    client: Client, hall: Hall, supervisor: User, stranger: User, acting
) -> None:
    assert notices(acting(supervisor)) == []
    draw(hall.branch, hall.repair)
    draw(hall.branch, hall.returns)

    (notice,) = notices(acting(supervisor))
    assert notice.text == f"{hall.branch.name}: 2 people wait, and nobody is at a window."
    assert notices(acting(stranger)) == []
    client.force_login(supervisor)
    assert notice.text in client.get(reverse("channels:health")).content.decode()

    hall.one.agent = supervisor
    hall.one.save()
    assert notices(acting(supervisor)) == []
