from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.channels.connectors.bots.side import Account, open_account
from tests.channels.connectors.viber.side import SIDE
from tests.support.platform_server import platform_server


@pytest.fixture
def account(db: None) -> Iterator[Account]:
    with platform_server() as server:
        yield open_account(SIDE, server)
