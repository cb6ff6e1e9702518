"""Meta's platforms: bodies signed with their characters escaped, a day for answers, reports of what was delivered and read.

What is signed and refused here is written from the platform's documentation alone, not from the connectors.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from apps.simulator.platform import Platform
from apps.simulator.shapes import Answer, Call, File, Line, Person, Push, Request
from apps.simulator.uploads import fetched, upload_of

DELIVERED_AFTER: Final = 0.5
PRIVATE_WINDOW: Final = timedelta(days=7)
"""For the one private answer to a comment."""

READ_AFTER: Final = 3.0
"""Seconds; customers of the demo look at once."""


class Meta(Platform):
    window = timedelta(hours=24)
    retries = (1.0, 10.0, 60.0)
    timeout = 20.0
    takes_files = True
    meta_object: ClassVar[str]

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {
            "app_secret": f"demo-{cls.kind}-app-secret",
            "access_token": f"demo-{cls.kind}-access-token",
            "verify_token": f"demo-{cls.kind}-verify-token",
        }

    def _entry(self, **entry: Any) -> Push:
        # json.dumps escapes what is not ASCII, as the platform does before it signs.
        body = json.dumps({"object": self.meta_object, "entry": [entry]}).encode()
        return Push(lambda: self._call(body))

    def _call(self, body: bytes) -> Request:
        digest = hmac.new(self._secret("app_secret").encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
        return Request(self.account.hook, body, headers)

    def answer(self, call: Call) -> Answer:
        if call.path.startswith("/cdn/"):
            file = self.file(call.path.removeprefix("/cdn/"))
            return Answer(200, file.content, file.content_type) if file else Answer(404, b"", "text/plain")
        if call.headers.get("authorization") != f"Bearer {self._secret('access_token')}":
            return _error(190, "Invalid OAuth access token.", status=401)
        _version, _, path = call.path.lstrip("/").partition("/")
        return self._answer(call, path)

    def _answer(self, call: Call, path: str) -> Answer:
        raise NotImplementedError

    def _link(self, file_id: str) -> str:
        return f"{self.account.settings['api_base']}/cdn/{file_id}"

    def _secret(self, name: str) -> str:
        return str(self.account.secrets.get(name, ""))


class Whatsapp(Meta):
    kind = "whatsapp"
    names = ("WhatsApp", "WhatsApp")
    meta_object = "whatsapp_business_account"
    people = (
        Person("5511990000001", "Beatriz Lima", "Olá! Do you deliver to São Paulo?", "Obrigada!"),
        Person("85290000002", "Chan Ka Ming", "沙發尺寸可以訂製嗎？", "明白，多謝。"),
    )
    max_text = 4096

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "phone_number_id": "100000000000001"}

    def message(self, line: Line) -> Push:
        said: dict[str, Any] = {"type": "text", "text": {"body": line.text}}
        if file := self.file(line.file_id):
            kind = _sort(file, "document")
            said = {"type": kind, kind: {"id": line.file_id, "mime_type": file.content_type, "caption": line.text}}
        known = {"from": line.person, "id": self.new_id("wamid."), "timestamp": str(int(time.time()))}
        contact = {"profile": {"name": self.person(line.person).name}, "wa_id": line.person}
        return self._value(contacts=[contact], messages=[{**known, **said}])

    def _value(self, **value: Any) -> Push:
        metadata = {"display_phone_number": "15550001111", "phone_number_id": self._number}
        whole = {"messaging_product": "whatsapp", "metadata": metadata, **value}
        return self._entry(id="WABA1", changes=[{"field": "messages", "value": whole}])

    def _answer(self, call: Call, path: str) -> Answer:
        if path == self._number:
            return Answer.of({"verified_name": "Lindenhaus", "display_phone_number": "+1 555-000-1111"})
        if path == f"{self._number}/media" and call.method == "POST":
            file = upload_of(call).files.get("file")
            return Answer.of({"id": self.keep(file)}) if file else _error(131009, "Parameter value is not valid")
        if path == f"{self._number}/messages" and call.method == "POST":
            return self._send(call.json() or {})
        if self.file(path) is not None:
            return Answer.of({"url": self._link(path), "id": path})
        return _error(100, "Unsupported request")

    def _send(self, wanted: dict[str, Any]) -> Answer:
        person, kind = str(wanted.get("to", "")), str(wanted.get("type", ""))
        content = wanted.get(kind) or {}
        text, file_id = str(content.get("body", "")), str(content.get("id", ""))
        fits = 0 < len(text) <= self.max_text if kind == "text" else self.file(file_id) is not None
        if wanted.get("messaging_product") != "whatsapp" or not fits:
            return _error(131009, "Parameter value is not valid")
        if self.has_bad_luck():
            return _error(130429, "Rate limit hit", status=429)
        refusal = self.refusal_for(person)
        if refusal == "window":
            return _error(131047, "Re-engagement message")
        number, ours = self.new_id("wamid."), str(wanted.get("biz_opaque_callback_data", ""))
        if refusal:
            undeliverable = [{"code": 131026, "title": "Message undeliverable"}]
            self.courier.push(self._status(number, ours, person, "failed", errors=undeliverable))
        else:
            self.deliver(person, text or f"[{kind}]", file_id=file_id, state="delivered")
            for state, after in (("sent", 0.0), ("delivered", DELIVERED_AFTER), ("read", READ_AFTER)):
                self.courier.push(self._status(number, ours, person, state), after=after)
        return Answer.of({"messaging_product": "whatsapp", "messages": [{"id": number}]})

    def _status(self, number: str, ours: str, person: str, state: str, **more: Any) -> Push:
        status = {"id": number, "status": state, "timestamp": str(int(time.time())), "recipient_id": person}
        return self._value(statuses=[{**status, "biz_opaque_callback_data": ours, **more}])

    @property
    def _number(self) -> str:
        return str(self.account.settings.get("phone_number_id", ""))


@dataclass
class Comment:
    """One that a customer wrote under a post, as the platform keeps it."""

    id: str
    person: str
    post: str
    at: datetime
    is_answered_in_private: bool = False


class Direct(Meta):
    """A page or an account: what its customers write and comment, and echoes of what it sends."""

    account_setting: ClassVar[str]
    sender_path: ClassVar[str]
    """Empty for the account's own id."""
    max_text: ClassVar[int]
    max_comment: ClassVar[int]
    answer_edge: ClassVar[str]
    """Below a comment, where the company answers before everybody."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.comments: dict[str, Comment] = {}

    def message(self, line: Line) -> Push:
        if line.post:
            return self._comment(line)
        said: dict[str, Any] = {"mid": self.new_id("m_"), "text": line.text}
        if file := self.file(line.file_id):
            said["attachments"] = [{"type": _sort(file, "file"), "payload": {"url": self._link(line.file_id)}}]
        return self._item(line.person, self._own, message=said)

    def _comment(self, line: Line) -> Push:
        comment = Comment(self.new_id("9_"), line.person, line.post, datetime.now(UTC))
        self.comments[comment.id] = comment
        return self.told(comment, line.text)

    def told(self, comment: Comment, text: str, verb: str = "add") -> Push:
        """The call that tells of a comment; also of the company's own."""
        raise NotImplementedError

    def remove(self, comment_id: str) -> None:
        """The customer removes a comment."""
        self.courier.push(self.told(self.comments[comment_id], "", "remove"))

    def post_id(self, post: str) -> str:
        return f"{self._own}_{self.posts.index(post) + 1}"

    def unsend(self, person: str, mid: str) -> None:
        """The customer takes a message back."""
        self.courier.push(self._item(person, self._own, message={"mid": mid, "is_deleted": True}))

    def _item(self, sender: str, recipient: str, **content: Any) -> Push:
        now = int(time.time() * 1000)
        item = {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": now, **content}
        return self._entry(id=self._own, time=now, messaging=[item])

    def _answer(self, call: Call, path: str) -> Answer:
        sender = self.sender_path or self._own
        if path == sender:
            return Answer.of({"id": self._own, "name": "Lindenhaus"})
        if path in self.known and call.method == "GET":
            first, _, last = self.person(path).name.partition(" ")
            return Answer.of({"first_name": first, "last_name": last, "name": self.person(path).name, "id": path})
        if path == f"{sender}/message_attachments" and call.method == "POST":
            file = upload_of(call).files.get("filedata")
            return Answer.of({"attachment_id": self.keep(file)}) if file else _error(100, "No file")
        if path == f"{sender}/messages" and call.method == "POST":
            return self._send(call.json() or {})
        comment, _, edge = path.partition("/")
        if edge == self.answer_edge and call.method == "POST":
            return self._answer_publicly(self.comments.get(comment), call.json() or {})
        return _error(100, "Unsupported request")

    def _answer_publicly(self, comment: Comment | None, wanted: dict[str, Any]) -> Answer:
        text, link = str(wanted.get("message", "")), str(wanted.get("attachment_url", ""))
        if comment is None:
            return _error(100, "Object does not exist", subcode=33)
        if not link and not 0 < len(text) <= self.max_comment:
            return _error(100, "The message is empty or too long")
        if self.has_bad_luck():
            return _error(613, "Calls to this api have exceeded the rate limit.")
        file = fetched(link) if link else None
        file_id = self.keep(file) if file else ""
        self.deliver(comment.person, text or "[image]", file_id=file_id, state="delivered", post=comment.post)
        own = Comment(self.new_id("9_"), self._own, comment.post, datetime.now(UTC))
        self.courier.push(self.told(own, text))
        return Answer.of({"id": own.id})

    def _send(self, wanted: dict[str, Any]) -> Answer:
        recipient, message = wanted.get("recipient") or {}, wanted.get("message") or {}
        comment = self.comments.get(str(recipient.get("comment_id", "")))
        person = comment.person if comment else str(recipient.get("id", ""))
        attachment = message.get("attachment") or {}
        text, file_id = str(message.get("text", "")), self._attached(attachment.get("payload") or {})
        if person not in self.known:
            return _error(100, "No matching user found", subcode=2018001)
        if self.file(file_id) is None and not 0 < self.length_of(text) <= self.max_text:
            return _error(100, "Length of param message[text] must be less than or equal to the limit")
        if self.has_bad_luck():
            return _error(613, "Calls to this api have exceeded the rate limit.")
        if refusal := self._refusal_for(person, comment):
            return _error(*REFUSALS[refusal][:2], subcode=REFUSALS[refusal][2])
        mid = self.new_id("m_")
        self.deliver(person, text or f"[{attachment.get('type')}]", file_id=file_id, state="delivered")
        self._report(person, mid, message)
        return Answer.of({"recipient_id": person, "message_id": mid})

    def _refusal_for(self, person: str, comment: Comment | None) -> str:
        """A comment allows one private answer of its own, whatever else was written."""
        if comment is None or person in self.blocked:
            return self.refusal_for(person)
        with self.lock:
            if comment.is_answered_in_private:
                return "answered"
            if datetime.now(UTC) - comment.at > PRIVATE_WINDOW:
                return "window"
            comment.is_answered_in_private = True
            return ""

    def _attached(self, payload: dict[str, Any]) -> str:
        """A file that was uploaded before, or one that is to be fetched."""
        file = fetched(str(payload["url"])) if payload.get("url") else None
        return self.keep(file) if file else str(payload.get("attachment_id", ""))

    def length_of(self, text: str) -> int:
        return len(text)

    def _report(self, person: str, mid: str, message: dict[str, Any]) -> None:
        echo = {"mid": mid, "is_echo": True, "app_id": 1, "metadata": message.get("metadata", "")}
        self.courier.push(self._item(self._own, person, message={**echo, "text": message.get("text", "")}))
        for content, after in self.reports(mid, int(time.time() * 1000)):
            self.courier.push(self._item(person, self._own, **content), after=after)

    def reports(self, mid: str, moment: int) -> list[tuple[dict[str, Any], float]]:
        raise NotImplementedError

    @property
    def _own(self) -> str:
        return str(self.account.settings.get(self.account_setting, ""))


class Messenger(Direct):
    kind = "messenger"
    names = ("Facebook Messenger", "Facebook Messenger")
    meta_object = "page"
    account_setting = "page_id"
    sender_path = ""
    max_text = 2000
    max_comment = 8000
    answer_edge = "comments"
    posts = ("The walnut floor lamp is back", "New in the studio: oak shelves")
    people = (
        Person("7300000000000001", "Anna Berg", "Is the walnut table still in stock?", "Lovely, thanks!"),
        Person("7300000000000002", "Tomás Rey", "My voucher does not work at checkout.", "It works now, thank you."),
        Person("7300000000000003", "Jonas Weber", "Does it come with a white shade?", "Great, thank you!", posts[0]),
        Person("7300000000000004", "何雨桐", "这款架子能承重多少？", "明白了，谢谢！", posts[1]),
    )

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "page_id": "200000000000001"}

    def told(self, comment: Comment, text: str, verb: str = "add") -> Push:
        post = self.post_id(comment.post)
        value = {
            "item": "comment",
            "verb": verb,
            "comment_id": comment.id,
            "post_id": post,
            "parent_id": post,
            "from": {"id": comment.person, "name": self.person(comment.person).name},
            "created_time": int(comment.at.timestamp()),
            "message": text,
            "post": {"permalink_url": f"https://www.facebook.com/{post}"},
        }
        return self._entry(id=self._own, time=int(time.time()), changes=[{"field": "feed", "value": value}])

    def reports(self, mid: str, moment: int) -> list[tuple[dict[str, Any], float]]:
        return [
            ({"delivery": {"mids": [mid], "watermark": moment}}, DELIVERED_AFTER),
            ({"read": {"watermark": moment}}, READ_AFTER),
        ]


class Instagram(Direct):
    kind = "instagram"
    names = ("Instagram", "Instagram")
    meta_object = "instagram"
    account_setting = "account_id"
    sender_path = "me"
    max_text = 1000
    max_comment = 2200
    answer_edge = "replies"
    posts = ("春季新品：云朵沙发", "Behind the scenes of the spring shoot")
    people = (
        Person(
            "8400000000000001", "mia.interiors", "Love the new lamp! When will it be back in white?", "Yay, thanks!"
        ),
        Person("8400000000000002", "小鹿的家", "图片里的沙发是哪一款？", "找到了，谢谢！"),
        Person("8400000000000003", "阿澈", "这款有米色吗？多少钱？", "好的，私信你们了。", posts[0]),
    )

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {"api_base": api_base, "account_id": "300000000000001"}

    def told(self, comment: Comment, text: str, verb: str = "add") -> Push:
        """Of new comments only."""
        value = {
            "id": comment.id,
            "text": text,
            "from": {"id": comment.person, "username": self.person(comment.person).name},
            "media": {"id": self.post_id(comment.post), "media_product_type": "FEED"},
        }
        return self._entry(id=self._own, time=int(time.time()), changes=[{"field": "comments", "value": value}])

    def length_of(self, text: str) -> int:
        """Counted in bytes here."""
        return len(text.encode())

    def reports(self, mid: str, moment: int) -> list[tuple[dict[str, Any], float]]:
        return [({"read": {"mid": mid}}, READ_AFTER)]


REFUSALS: Final = {
    "blocked": (551, "This person isn't available right now.", 1545041),
    "window": (10, "This message is sent outside of allowed window.", 2018278),
    "answered": (10900, "Activity already replied to", 0),
}


def _sort(file: File, otherwise: str) -> str:
    kind = file.content_type.partition("/")[0]
    return kind if kind in ("image", "audio", "video") else otherwise


def _error(code: int, message: str, subcode: int = 0, status: int = 400) -> Answer:
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Ademo"}
    return Answer.of({"error": {**error, **({"error_subcode": subcode} if subcode else {})}}, status)
