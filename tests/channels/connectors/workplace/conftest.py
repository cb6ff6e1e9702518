from collections.abc import Callable, Iterator

import pytest

from tests.channels.connectors.workplace.playing import KINDS, Kind, Robot
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.platform_server import PlatformServer, platform_server


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with platform_server() as platform:
        yield platform


@pytest.fixture
def robot_of(db: None, server: PlatformServer) -> Callable[[Kind], Robot]:
    def make(of: Kind) -> Robot:
        channel = ChannelFactory.create(
            key=of.kind, kind=of.kind, settings=of.settings(server.url), secrets=dict(of.secrets)
        )
        IntakeRuleFactory.create(channel=channel)
        server.on(of.token_path, of.token)
        return Robot(of, channel, server)

    return make


@pytest.fixture(params=sorted(KINDS))
def robot(request: pytest.FixtureRequest, robot_of: Callable[[Kind], Robot]) -> Robot:
    """One of each kind: what is the same everywhere is tried everywhere."""
    return robot_of(KINDS[request.param])
