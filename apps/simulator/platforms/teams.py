"""Microsoft Teams: signed tokens instead of signed bodies, a service address in each activity, files behind short links.

What is signed and refused here is written from the platform's documentation alone, not from the connector.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, unquote

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform, Tokens
from apps.simulator.shapes import Account, Answer, Call, File, Line, Person, Push, Request

TOKEN: Final = timedelta(hours=1)
KEY_ID: Final = "demo-key"
REGION: Final = "/apac/"
MAX_BODY: Final = 2 * 1024 * 1024


class Teams(Platform):
    kind = "teams"
    names = ("Teams 服务台", "Teams help desk")
    people = (
        Person(
            "00000000-0000-4000-8000-000000000101", "Li Wen", "会议室的屏幕还没修好，什么时候有人来？", "好的，谢谢。"
        ),
        Person(
            "00000000-0000-4000-8000-000000000102", "Ada Marsh", "My guest badge does not open the gate.", "Works now!"
        ),
    )
    retries = (5.0,)
    timeout = 15.0
    takes_files = True

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        self.tokens = Tokens(TOKEN)
        self._signing: rsa.RSAPrivateKey | None = None

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {
            "api_base": api_base,
            "login_base": api_base,
            "openid_base": api_base,
            "app_id": "00000000-0000-4000-8000-0000000000aa",
            "tenant_id": "00000000-0000-4000-8000-0000000000ff",
        }

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"app_secret": "demo-teams-client-secret"}

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        said: dict[str, Any] = {"id": _id(line), "text": line.text, "textFormat": "plain"}
        if file := self.file(line.file_id):
            link = f"{self._setting('api_base')}/files/{line.file_id}"
            about = {"downloadUrl": link, "uniqueId": line.file_id}
            contents = {"contentType": "application/vnd.microsoft.teams.file.download.info", "content": about}
            said["attachments"] = [{**contents, "name": file.name}]
        return self._activity("message", line.person, said)

    def happen(self, kind: str, person: str, **fields: Any) -> None:
        """Something else that the platform tells of."""
        self.courier.push(self._activity(kind, person, {"id": self.new_id("f:"), **fields}))

    def change(self, line: Line, text: str) -> None:
        self.happen("messageUpdate", line.person, id=_id(line), text=text, channelData={"eventType": "editMessage"})

    def delete(self, line: Line) -> None:
        data = {"eventType": "softDeleteMessage"}
        self.happen("messageDelete", line.person, id=_id(line), channelData=data)

    def read(self, person: str) -> None:
        """The customer has read everything."""
        last = next(line for line in reversed(self.conversation(person)) if not line.is_own)
        name = "application/vnd.microsoft.readReceipt"
        self.happen("event", person, name=name, value={"lastReadMessageId": _id(last)})

    def _activity(self, kind: str, person: str, fields: Mapping[str, Any]) -> Push:
        document = {
            "type": kind,
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "serviceUrl": self._service_url,
            "channelId": "msteams",
            "from": {"id": f"29:{person}", "name": self.person(person).name, "aadObjectId": person},
            "conversation": {
                "id": _conversation(person),
                "conversationType": "personal",
                "tenantId": self._setting("tenant_id"),
            },
            "recipient": {"id": f"28:{self._setting('app_id')}", "name": "Help desk"},
            "channelData": {"tenant": {"id": self._setting("tenant_id")}},
            **fields,
        }
        body = json.dumps(document, ensure_ascii=False).encode()
        return Push(lambda: self._call(body))

    def _call(self, body: bytes) -> Request:
        moment = int(time.time())
        claims = {
            "iss": "https://api.botframework.com",
            "aud": self._setting("app_id"),
            "nbf": moment,
            "exp": moment + 3600,
            "serviceurl": self._service_url,
        }
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._signed(claims)}"}
        return Request(self.account.hook, body, headers)

    def _signed(self, claims: Mapping[str, Any]) -> str:
        head = {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}
        signed = b".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
        signature = self._key.sign(signed, padding.PKCS1v15(), SHA256())
        return (signed + b"." + _base64(signature)).decode()

    @property
    def _key(self) -> rsa.RSAPrivateKey:
        """Made when it is first needed, so that the start does not wait for it."""
        with self.lock:
            if self._signing is None:
                self._signing = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            return self._signing

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        match call.method, call.path:
            case "GET", "/v1/.well-known/openidconfiguration":
                return Answer.of(
                    {"issuer": "https://api.botframework.com", "jwks_uri": f"{self._setting('api_base')}/keys"}
                )
            case "GET", "/keys":
                return Answer.of({"keys": [self._public()]})
            case "POST", path if path.endswith("/oauth2/v2.0/token"):
                return self._sign_in(path, call.form())
            case "GET", path if path.startswith("/files/"):
                file = self.file(path.removeprefix("/files/"))
                return Answer(200, file.content, file.content_type) if file else Answer(404, b"", "text/plain")
        if not self.tokens.is_valid(call.headers.get("authorization", "").removeprefix("Bearer ")):
            return _no(401, "Unauthorized")
        rest = call.path.removeprefix(f"{REGION}v3/conversations/")
        conversation, _, what = rest.partition("/")
        person = unquote(conversation).removeprefix("a:")
        if rest == call.path or person not in self.known:
            return _no(404, "ConversationNotFound")
        if call.method == "GET" and what.startswith("members/"):
            return self._member(person)
        if call.method == "POST" and what.startswith("activities"):
            return self._post(person, call)
        return _no(405, "MethodNotAllowed")

    def _public(self) -> dict[str, Any]:
        numbers = self._key.public_key().public_numbers()
        modulus, exponent = (
            _base64(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()
            for number in (numbers.n, numbers.e)
        )
        return {"kty": "RSA", "use": "sig", "kid": KEY_ID, "n": modulus, "e": exponent, "endorsements": ["msteams"]}

    def _sign_in(self, path: str, form: Mapping[str, str]) -> Answer:
        is_known = (form.get("client_id"), form.get("client_secret"), path.split("/")[1]) == (
            self._setting("app_id"),
            str(self.account.secrets.get("app_secret", "")),
            self._setting("tenant_id"),
        )
        if not is_known or form.get("scope") != "https://api.botframework.com/.default":
            return Answer.of({"error": "invalid_client", "error_description": "AADSTS7000215"}, 401)
        return Answer.of(
            {"token_type": "Bearer", "expires_in": int(TOKEN.total_seconds()), "access_token": self.tokens.issue()}
        )

    def _member(self, person: str) -> Answer:
        email = f"{person[-3:]}@example.com"
        about = {"id": f"29:{person}", "aadObjectId": person, "name": self.known[person].name, "email": email}
        return Answer.of({**about, "tenantId": self._setting("tenant_id")})

    def _post(self, person: str, call: Call) -> Answer:
        wanted = call.json() or {}
        if len(call.body) > MAX_BODY:
            return _no(413, "MessageSizeTooBig")
        file = _picture(wanted)
        if wanted.get("type") != "message" or not (wanted.get("text") or file):
            return _no(400, "BadSyntax")
        if self.has_bad_luck():
            return Answer(429, b'{"error":{"code":"Throttled"}}', headers={"Retry-After": "1"})
        if self.refusal_for(person):
            return _no(403, "MessageWritesBlocked")
        file_id = self.keep(file) if file else ""
        line = self.deliver(person, str(wanted.get("text") or "[file]"), file_id=file_id, state="delivered")
        return Answer.of({"id": _id(line)}, 201)

    # --- What was agreed ---------------------------------------------------------------------------------------------

    @property
    def _service_url(self) -> str:
        return f"{self._setting('api_base')}{REGION}"

    def _setting(self, name: str) -> str:
        return str(self.account.settings.get(name, ""))


def _no(status: int, code: str) -> Answer:
    return Answer.of({"error": {"code": code, "message": f"{code}."}}, status)


def _id(line: Line) -> str:
    return f"{int(line.at.timestamp() * 1000)}{line.number:03d}"


def _conversation(person: str) -> str:
    return f"a:{quote(person)}"


def _base64(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _picture(wanted: Mapping[str, Any]) -> File | None:
    for row in wanted.get("attachments") or ():
        head, _, data = str(row.get("contentUrl", "")).partition(";base64,")
        if head.startswith("data:"):
            return File(str(row.get("name", "picture")), head.removeprefix("data:"), base64.b64decode(data))
    return None
