"""A mail channel and what stands around it."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.channels.models import Channel
from tests.factories.channels import ChannelFactory
from tests.support.mail_servers import PASSWORD, Dovecot, SmtpServer, dovecot, has_dovecot, smtp_server

ADDRESS = "support@demo.example"


class HeldForever:
    """A lease nobody can take away."""

    token = 1
    is_lost = False

    def fence(self) -> None:
        pass


@pytest.fixture
def lease() -> HeldForever:
    return HeldForever()


def mail_channel(key: str = "mail", **values: Any) -> Channel:
    given = {
        "address": ADDRESS,
        "from_name": "客服中心",
        "aliases": ["help@demo.example"],
        "imap_host": "127.0.0.1",
        "imap_port": 1143,
        "imap_security": "none",
        "imap_user": "support",
        "smtp_host": "127.0.0.1",
        "smtp_port": 1025,
        "smtp_security": "none",
    }
    return ChannelFactory.create(kind="email", key=key, settings=given | values, secrets={"imap_password": PASSWORD})


@pytest.fixture
def channel(db: None) -> Channel:
    return mail_channel()


@pytest.fixture(scope="session")
def shared_imap() -> Iterator[Dovecot]:
    if not has_dovecot():
        pytest.skip("needs Debian's dovecot-imapd")
    with dovecot() as server:
        yield server


@pytest.fixture
def imap(shared_imap: Dovecot, settings: Any, request: pytest.FixtureRequest) -> Dovecot:
    settings.MAIL_PORTS = {*settings.MAIL_PORTS, shared_imap.port}
    return shared_imap


@pytest.fixture
def smtp(settings: Any) -> Iterator[SmtpServer]:
    with smtp_server() as server:
        settings.MAIL_PORTS = {*settings.MAIL_PORTS, server.port}
        yield server
