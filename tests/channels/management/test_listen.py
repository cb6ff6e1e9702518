"""The listening process follows the configuration and ends when it is asked to."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from apps.channels.management.commands import listen
from apps.channels.models import Channel
from apps.core.models import Lease
from tests.channels.conftest import Platform
from tests.factories.channels import ChannelFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parent.parent.parent.parent


def wait_for(condition: object, seconds: float = 60.0) -> None:
    assert callable(condition)
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def test_channels_come_and_go(platform: Platform) -> None:
    first = ChannelFactory.create(kind="fake")
    stop = threading.Event()

    def work() -> None:
        listen.run(stop, look_every=0.1)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        wait_for(lambda: first.pk in platform.polled)
        second = ChannelFactory.create(kind="fake")
        wait_for(lambda: second.pk in platform.polled)

        Channel.objects.filter(pk=first.pk).update(is_active=False)
        wait_for(lambda: Lease.objects.get(name=f"channels.fetch:{first.pk}").expires is None)
        platform.polled.clear()
        wait_for(lambda: second.pk in platform.polled)
        assert first.pk not in platform.polled

        token = Lease.objects.get(name=f"channels.fetch:{second.pk}").token
        second.save()
        wait_for(lambda: Lease.objects.get(name=f"channels.fetch:{second.pk}").token > token)
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()
    assert not Lease.objects.filter(expires__isnull=False).exists()


def test_the_command_ends_cleanly_when_it_is_told_to() -> None:
    database = connection.settings_dict
    url = (
        f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE, "DATABASE_URL": url}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "listen", "--look-every", "0.2"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "Listening."

    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=60)

    assert process.returncode == 0, errors
    assert out.strip() == "Stopped."
