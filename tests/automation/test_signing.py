import base64

import pytest

from apps.automation.signing import new_secret, signed_headers

pytestmark = pytest.mark.unit

# The vectors of the library's own tests (standard-webhooks/standard-webhooks) and of Svix's documentation.
VECTORS = (
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "msg_loFOjxBNrRLzqYUf",
        1731705121,
        b'{"event_type":"ping","data":{"success":true}}',
        "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    ),
)


@pytest.mark.parametrize(("secret", "message_id", "at", "body", "expected"), VECTORS, ids=["library", "svix"])
def test_published_vectors(secret: str, message_id: str, at: int, body: bytes, expected: str) -> None:
    assert signed_headers([secret], message_id=message_id, at=at, body=body) == {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": expected,
    }


def test_each_live_secret_signs() -> None:
    (first, message_id, at, body, expected), (second, *_rest) = VECTORS

    headers = signed_headers([second, first], message_id=message_id, at=at, body=body)

    signatures = headers["webhook-signature"].split(" ")
    assert len(signatures) == 2
    assert signatures[1] == expected
    assert signatures[0] != expected


def test_a_new_secret_has_the_form_of_the_specification() -> None:
    secret = new_secret()

    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert new_secret() != secret
