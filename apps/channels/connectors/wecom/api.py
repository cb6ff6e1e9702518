"""WeCom's server API: like WeChat's, with tokens, codes and addresses of its own.

Codes from Wechat-Group/WxJava (WxCpErrorMsgEnum) and silenceper/wechat (work/kf/error.go); 95002, 95013, 95016 and the
addresses of `gettoken` and `media` from memory, see `docs/admin/channels/wecom.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final

from apps.channels.connectors.wechat.api import Codes, WechatApi
from apps.channels.contract import SendResult
from apps.channels.enums import FailureKind
from apps.channels.platform_http import PlatformTrouble, call
from apps.channels.services.tokens import Issued

API_BASE: Final = "https://qyapi.weixin.qq.com"
PAGE: Final = 200
"""Messages at a time; the platform gives up to 1,000, but each page is one transaction."""

CODES: Final = Codes(
    token_refused=frozenset({40014, 41001, 42001}),
    slow_down={-1: None, 45009: timedelta(minutes=1), 45033: timedelta(seconds=30)},
    meanings={
        40001: FailureKind.MISCONFIGURED,  # the secret
        40003: FailureKind.RECIPIENT_GONE,  # no such user id
        40007: FailureKind.REJECTED,  # the media id is not valid
        40013: FailureKind.MISCONFIGURED,  # the corp id
        40201: FailureKind.MISCONFIGURED,  # the account is banned
        48002: FailureKind.MISCONFIGURED,  # the application may not use this
        60011: FailureKind.MISCONFIGURED,  # the application does not see this person
        60020: FailureKind.MISCONFIGURED,  # this server's address is not on the list
        81013: FailureKind.RECIPIENT_GONE,  # nobody of those named can get it
        82001: FailureKind.RECIPIENT_GONE,
        84061: FailureKind.RECIPIENT_GONE,  # is no longer a contact
        95000: FailureKind.MISCONFIGURED,  # the customer service account
        95001: FailureKind.OUTSIDE_WINDOW,  # too many answers to one message
        95002: FailureKind.OUTSIDE_WINDOW,  # out of the 48 hours
        95004: FailureKind.MISCONFIGURED,
        95011: FailureKind.MISCONFIGURED,  # the account is managed in the client and not by API
        95012: FailureKind.MISCONFIGURED,
        95013: FailureKind.OUTSIDE_WINDOW,  # the conversation is over
        95017: FailureKind.MISCONFIGURED,  # the API is switched off
    },
)
"""Everything else is a message that the platform does not take."""


@dataclass(frozen=True, slots=True)
class WecomApi(WechatApi):
    """`app_id` is the corp id; the secret is one application's."""

    family: ClassVar[str] = "wecom"
    codes: ClassVar[Codes] = CODES

    def issue_token(self, refused: bool = False) -> Issued:
        """The platform hands out the same token while it is good; it has no way to ask for another."""
        query = {"corpid": self.app_id, "corpsecret": self.app_secret}
        answer = call("GET", f"{self.base}/cgi-bin/gettoken", params=query, repeatable=True)
        return self.issued(answer.json())

    def read(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """What was asked for; PlatformTrouble when the platform says no."""
        answer = self.post(path, document, repeatable=True).json()
        result = self.result_of(answer)
        if result.failure is not None:
            raise PlatformTrouble(result)
        return answer


@dataclass(frozen=True, slots=True)
class AppApi(WecomApi):
    """Of one application, to members of the company."""

    agent_id: int

    def send(self, to: str, kind: str, content: Mapping[str, Any]) -> SendResult:
        message = {"touser": to, "msgtype": kind, "agentid": self.agent_id, kind: dict(content)}
        answer = self.post("/cgi-bin/message/send", message).json()
        if not self.result_of(answer).failure and answer.get("invaliduser"):
            return SendResult.failed(FailureKind.RECIPIENT_GONE, "the platform does not bring it to this person")
        return self.result_of(answer)


@dataclass(frozen=True, slots=True)
class ServiceApi(WecomApi):
    """Of one customer service account, to customers in WeChat. `message_id` is ours, and taken once an account."""

    open_kfid: str
    message_id: str = ""

    def send(self, to: str, kind: str, content: Mapping[str, Any]) -> SendResult:
        message = {"touser": to, "open_kfid": self.open_kfid, "msgtype": kind, kind: dict(content)}
        result = self.result_of(self.post("/cgi-bin/kf/send_msg", message | {"msgid": self.message_id}).json())
        return SendResult.sent(result.provider_id or self.message_id) if result.failure is None else result

    def messages_after(self, position: str, hint: str) -> dict[str, Any]:
        """One page; asked without a hint the platform answers, but seldom."""
        wanted = {"open_kfid": self.open_kfid, "limit": PAGE, "voice_format": 0}
        more = {"cursor": position, "token": hint}
        return self.read("/cgi-bin/kf/sync_msg", wanted | {name: word for name, word in more.items() if word})

    def person(self, external_userid: str) -> dict[str, Any]:
        """What the platform tells of a customer; empty when it tells nothing."""
        answer = self.read("/cgi-bin/kf/customer/batchget", {"external_userid_list": [external_userid]})
        known = [row for row in answer.get("customer_list") or () if isinstance(row, dict)]
        return next((row for row in known if row.get("external_userid") == external_userid), {})
