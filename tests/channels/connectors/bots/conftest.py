from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.channels.connectors.bots.side import Account, open_account
from tests.channels.connectors.bots.sides import SIDES
from tests.support.platform_server import PlatformServer, platform_server


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with platform_server() as platform:
        yield platform


@pytest.fixture(params=[side.kind for side in SIDES])
def account(request: pytest.FixtureRequest, db: None, server: PlatformServer) -> Account:
    """One after the other: what is asked of one messenger is asked of all."""
    return open_account(next(side for side in SIDES if side.kind == request.param), server)
