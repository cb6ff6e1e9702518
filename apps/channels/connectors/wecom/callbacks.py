"""A call of WeCom: the crypto of the family, always encrypted, and a handshake that is opened and not echoed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse

from apps.channels.connectors.wechat import crypto, push
from apps.channels.connectors.wechat.push import Agreed
from apps.channels.errors import InputRefused

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.channels.contract import VerifiedInput


def verify(request: HttpRequest, agreed: Agreed) -> tuple[VerifiedInput, ...]:
    if request.method != "GET":
        return push.verify(request, agreed)
    _require_echo(request, agreed)
    return ()


def answer(request: HttpRequest, agreed: Agreed) -> HttpResponse:
    """The console believes us when we send back what was inside the word it sent."""
    if request.method == "GET":
        return HttpResponse(push.open_encrypted(_echo(request), agreed), content_type="text/plain; charset=utf-8")
    return push.answer(request)


def _require_echo(request: HttpRequest, agreed: Agreed) -> None:
    if not agreed.token:
        raise InputRefused(reason="no_token_configured")  # an empty secret proves nothing
    push.require_proof(request, agreed, "msg_signature", _echo(request))
    try:
        push.open_encrypted(_echo(request), agreed)
    except crypto.NotDecryptable as error:
        raise InputRefused(reason="echo_not_readable") from error


def _echo(request: HttpRequest) -> str:
    """A plus that nobody escaped on the way has become a blank."""
    return request.GET.get("echostr", "").replace(" ", "+")
