"""Servers for one test run: fast, empty, and gone afterwards."""

import os
import secrets
import shutil
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from contactcenter.embedded.ports import free_port
from contactcenter.embedded.postgres import OWNER, Postgres
from contactcenter.embedded.valkey import Valkey

# Set when the addresses in the environment are those of servers that still have to be started.
MARK = "CONTACTCENTER_THROWAWAY_SERVERS"


def settle_addresses(environment: MutableMapping[str, str]) -> None:
    """Writes addresses on free ports into an environment that names no servers; starts nothing."""
    if environment.get("DATABASE_URL"):
        return
    postgres = Postgres(Path(), Path(), durable=False)
    environment["DATABASE_URL"] = postgres.url()
    environment["DATABASE_OWNER_URL"] = postgres.url(OWNER)
    environment["REDIS_URL"] = f"redis://:{secrets.token_urlsafe(24)}@127.0.0.1:{free_port()}/0"
    environment[MARK] = "settled"


@dataclass
class Servers:
    postgres: Postgres
    valkey: Valkey

    def stop(self) -> None:
        self.valkey.stop()
        self.postgres.stop()
        self.postgres.remove()
        shutil.rmtree(self.postgres.directory.parent, ignore_errors=True)


def start_settled(environment: MutableMapping[str, str], directory: Path) -> Servers | None:
    """Starts the servers whose addresses were settled; None when others were named or they run already."""
    if environment.get(MARK) != "settled":
        return None
    owner, application = (urlsplit(environment[name]) for name in ("DATABASE_OWNER_URL", "DATABASE_URL"))
    broker = urlsplit(environment["REDIS_URL"])
    remove_forgotten(directory)
    place = directory / f"servers-{os.getpid()}"
    postgres = Postgres(
        place / "postgres",
        place / "postgres.log",
        durable=False,
        port=application.port or 0,
        owner_password=owner.password or "",
        application_password=application.password or "",
    )
    valkey = Valkey(place / "valkey", place / "valkey.log", port=broker.port or 0, password=broker.password or "")
    for server in (postgres, valkey):
        server.prepare()
        server.start()
    postgres.wait_ready()
    valkey.wait_ready()
    environment[MARK] = "running"
    return Servers(postgres, valkey)


def remove_forgotten(directory: Path) -> None:
    """Several runs may go on in one checkout, each with servers of its own; those of runs that were killed go."""
    for place in directory.glob("servers-*"):
        number = place.name.removeprefix("servers-")
        if number.isdigit() and not psutil.pid_exists(int(number)):
            Postgres(place / "postgres", place / "postgres.log").remove()
            shutil.rmtree(place, ignore_errors=True)
