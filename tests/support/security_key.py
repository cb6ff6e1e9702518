"""A security key of software: it signs what a browser would have it sign, and what no honest browser would."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG


def _digest(data: bytes) -> bytes:
    digest = Hash(SHA256())
    digest.update(data)
    return digest.finalize()


@dataclass
class SoftKey:
    """Keyword arguments of its answers say where it deviates from what was asked."""

    count: int = 0
    flags: FLAG = FLAG.UP | FLAG.UV
    secret: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def made(self, options: dict[str, Any], *, origin: str, **lies: Any) -> str:
        asked = options["publicKey"]
        client = self._client(CollectedClientData.TYPE.CREATE, asked, origin, lies)
        credential = AttestedCredentialData.create(
            Aaguid.NONE, self.id, ES256.from_cryptography_key(self.secret.public_key())
        )
        data = self._data(lies.get("rp_id", asked["rp"]["id"]), self.flags | FLAG.AT, credential)
        return self._answer(clientDataJSON=client, attestationObject=AttestationObject.create("none", data, {}))

    def signed(self, options: dict[str, Any], *, origin: str, **lies: Any) -> str:
        asked = options["publicKey"]
        client = self._client(CollectedClientData.TYPE.GET, asked, origin, lies)
        self.count += lies.get("steps", 1) if self.count else 0
        data = self._data(lies.get("rp_id", asked["rpId"]), self.flags)
        signature = self.secret.sign(data + _digest(client), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _client(self, kind: str, asked: dict[str, Any], origin: str, lies: dict[str, Any]) -> bytes:
        challenge = lies.get("challenge") or websafe_decode(asked["challenge"])
        return CollectedClientData.create(
            lies.get("type", kind), challenge, origin, cross_origin=lies.get("cross_origin", False)
        )

    def _data(self, rp_id: str, flags: FLAG, credential: bytes = b"") -> AuthenticatorData:
        return AuthenticatorData.create(_digest(rp_id.encode()), flags, self.count, credential)

    def _answer(self, **parts: bytes) -> str:
        texts = {name: websafe_encode(bytes(part)) for name, part in parts.items()}
        own = websafe_encode(self.id)
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": texts})
