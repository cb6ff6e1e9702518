"""The page for receivers: its samples check what we sign, and it names what there is."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from apps.automation.enums import DeliveryState
from apps.automation.signing import new_secret, signed_headers

pytestmark = pytest.mark.unit

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "api" / "webhooks.md").read_text(encoding="utf-8")
BODY = '{"type":"ticket.opened","data":{"text":"您好"}}'.encode()


def sample(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_sample_in_python_checks_what_we_sign() -> None:
    names: dict[str, object] = {}
    exec(sample("python"), names)
    is_genuine = names["is_genuine"]
    assert callable(is_genuine)
    key, other = new_secret(), new_secret()
    now = int(time.time())

    for keys, at, body, expected in (
        ([key], now, BODY, True),
        ([other, key], now, BODY, True),
        ([other], now, BODY, False),
        ([key], now - 400, BODY, False),
        ([key], now, BODY + b" ", False),
    ):
        headers = signed_headers(keys, message_id="msg_1", at=at, body=BODY)
        assert is_genuine(key, headers, body) is expected


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js, which runs the sample")
def test_the_sample_in_javascript_checks_what_we_sign() -> None:
    key, other = new_secret(), new_secret()
    now = int(time.time())
    signed = signed_headers([other, key], message_id="msg_1", at=now, body=BODY)
    stale = signed_headers([key], message_id="msg_1", at=now - 400, body=BODY)
    forged = signed_headers([other], message_id="msg_1", at=now, body=BODY)
    script = sample("javascript") + (
        f"\nconst body = Buffer.from('{BODY.hex()}', 'hex');"
        f"\nconsole.log([{signed}, {stale}, {forged}].map((headers) => isGenuine('{key}', headers, body)).join());"
    )

    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.strip() == "true,false,false"


def test_every_state_is_named() -> None:
    for state in DeliveryState.values:
        assert f"`{state}`" in PAGE
