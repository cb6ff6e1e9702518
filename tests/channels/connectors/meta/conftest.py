from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.channels.connectors.bots.side import Account, open_account
from tests.channels.connectors.meta.sides import INSTAGRAM, MESSENGER, WHATSAPP
from tests.support.platform_server import PlatformServer, platform_server


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with platform_server() as platform:
        yield platform


@pytest.fixture
def whatsapp(db: None, server: PlatformServer) -> Account:
    return open_account(WHATSAPP, server)


@pytest.fixture
def messenger(db: None, server: PlatformServer) -> Account:
    return open_account(MESSENGER, server)


@pytest.fixture
def instagram(db: None, server: PlatformServer) -> Account:
    return open_account(INSTAGRAM, server)


@pytest.fixture(params=["messenger", "instagram"])
def direct(request: pytest.FixtureRequest) -> Account:
    """Both, because they write alike."""
    account: Account = request.getfixturevalue(request.param)
    return account
