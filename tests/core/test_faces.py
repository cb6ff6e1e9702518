"""Errors, htmx answers, middlewares, live hints, permissions, translated texts, system checks."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import F
from django.http import HttpResponse
from django.test import RequestFactory, TestCase
from django.utils import translation
from django_htmx.http import trigger_client_event
from django_htmx.middleware import HtmxDetails
from pytest_django import Settings

from apps.core import checks, live, permissions
from apps.core.actor import SYSTEM, Actor, ActorKind, Face
from apps.core.errors import AppError, InvalidInput, NotVisible, PermissionRefused, StaleVersion, TooMany
from apps.core.fields import TranslatedText, translated
from apps.core.htmx import is_htmx, redirect, toast
from apps.core.middleware import AppErrorMiddleware, NoStoreMiddleware
from apps.core.models import StoredFile
from tests.core.samples import Person

# Errors


class Closed(AppError):
    code = "sample.closed"
    message = "Ticket %(number)s is 100%% closed."


@pytest.mark.unit
def test_an_error_fills_its_message_and_keeps_it_out_of_logs() -> None:
    error = Closed(number=42)
    assert error.detail() == "Ticket 42 is 100% closed."
    assert str(error) == repr(error.args[0]).strip("'") == "sample.closed"


@pytest.mark.unit
def test_errors_carry_what_machines_need() -> None:
    assert InvalidInput(fields={"name": ["no"]}).extensions() == {"fields": {"name": ["no"]}}
    assert StaleVersion(changes=[{"field": "x"}]).extensions() == {"changes": [{"field": "x"}]}
    assert TooMany(retry_after=0.2).retry_after == 1
    assert TooMany(retry_after=2.0).retry_after == 2
    assert (NotVisible.status, PermissionRefused.status, StaleVersion.status, TooMany.status) == (404, 403, 412, 429)


# Middlewares


def request_for(*, htmx: bool = False, path: str = "/desk/", user: Any = None) -> Any:
    request = RequestFactory().get(path, headers={"HX-Request": "true"} if htmx else {})
    request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]
    request.user = user or SimpleNamespace(is_authenticated=False)
    return request


def answer(request: Any, error: Exception) -> HttpResponse | None:
    return AppErrorMiddleware(lambda _request: HttpResponse()).process_exception(request, error)


@pytest.mark.integration
@pytest.mark.django_db
def test_a_refusal_becomes_a_page() -> None:
    response = answer(request_for(), Closed(number="<b>"))
    assert response is not None
    assert response.status_code == 409
    assert "Ticket &lt;b&gt; is 100% closed." in response.content.decode()


@pytest.mark.unit
def test_a_refusal_becomes_a_toast_that_swaps_nothing() -> None:
    response = answer(request_for(htmx=True), Closed(number="王"))
    assert response is not None
    assert (response.status_code, response["HX-Reswap"], response.content) == (409, "none", b"")
    assert json.loads(response["HX-Trigger"])["toast"] == {"level": "error", "message": "Ticket 王 is 100% closed."}


@pytest.mark.unit
def test_the_second_editor_is_told_what_changed() -> None:
    response = answer(request_for(htmx=True), StaleVersion(changes=[{"field": "status"}]))
    assert response is not None
    assert json.loads(response["HX-Trigger"])["stale"] == {"changes": [{"field": "status"}]}
    assert answer(request_for(htmx=True), TooMany(retry_after=7))["Retry-After"] == "7"  # type: ignore[index]


@pytest.mark.unit
def test_other_errors_and_the_api_are_left_alone() -> None:
    assert answer(request_for(), ValueError()) is None
    assert answer(request_for(path="/api/v1/tickets/"), NotVisible()) is None


@pytest.mark.unit
@pytest.mark.parametrize(
    ("signed_in", "given", "kept"), [(True, "", True), (False, "", False), (True, "max-age=60", False)]
)
def test_pages_of_somebody_signed_in_are_not_stored(signed_in: bool, given: str, kept: bool) -> None:
    response = HttpResponse(headers={"Cache-Control": given} if given else {})
    NoStoreMiddleware(lambda _request: response).process_response(
        request_for(user=SimpleNamespace(is_authenticated=signed_in)), response
    )
    assert ("no-store" in response.get("Cache-Control", "")) is kept


# htmx


@pytest.mark.unit
def test_toasts_offer_undo_and_do_not_replace_each_other() -> None:
    response = toast(trigger_client_event(HttpResponse(), "saved"), "success", "Merged", undo_url="/undo/")
    assert json.loads(response["HX-Trigger"]) == {
        "saved": {},
        "toast": {"level": "success", "message": "Merged", "undo": "/undo/"},
    }


@pytest.mark.unit
def test_a_redirect_takes_the_whole_page_along() -> None:
    assert not is_htmx(RequestFactory().get("/"))
    assert redirect(request_for(), "/x/").status_code == 302
    response = redirect(request_for(htmx=True), "/x/")
    assert (response.status_code, response["HX-Redirect"]) == (200, "/x/")


# Live hints


class Layer:
    def __init__(self, *, fails: bool = False) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.done = asyncio.Event()
        self.fails = fails

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.fails:
            raise ConnectionError
        self.sent.append((group, message))


@pytest.mark.integration
@pytest.mark.django_db
def test_hints_leave_on_commit_with_nothing_but_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Layer()
    monkeypatch.setattr(live, "get_channel_layer", lambda: layer)
    with TestCase.captureOnCommitCallbacks(execute=True):
        live.hint("ticket", 42, 7, groups=[live.group("queue", 3), live.group("ticket", 42)], position=9)
        assert layer.sent == []
    flush()
    message = {"type": "live.hint", "kind": "ticket", "id": 42, "version": 7, "position": 9}
    assert sorted(layer.sent, key=lambda entry: entry[0]) == [
        (name, {**message, "group": name}) for name in ("queue.3", "ticket.42")
    ]


@pytest.mark.integration
@pytest.mark.django_db
def test_a_lost_layer_disturbs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "get_channel_layer", lambda: Layer(fails=True))
    with TestCase.captureOnCommitCallbacks(execute=True):
        live.hint("ticket", 42, 7, groups=["x.1"])
    flush()
    assert live._sender()._waiting == 0


def flush() -> None:
    """Wait until the sender's thread has done what it was given."""

    async def rest() -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        await asyncio.gather(*others, return_exceptions=True)  # a sending may be caught on its way to its handler

    asyncio.run_coroutine_threadsafe(rest(), live._sender()._loop).result(5)


# Actor and permissions


@pytest.fixture
def own_permissions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(permissions, "_labels", {})
    monkeypatch.setattr(permissions, "_rules", {})
    monkeypatch.setattr(permissions, "_source", [])
    permissions.declare("sample.read", "read")
    permissions.declare("sample.write", "write")
    permissions.set_source(
        lambda user: frozenset({"sample.read", "sample.write"} if user.is_chief else {"sample.read"})
    )
    permissions.rule("sample.write")(lambda actor, obj: obj != "closed")
    remembered = dict(SYSTEM.memo)  # lives as long as the process, with the permissions of other tests
    SYSTEM.memo.clear()
    yield
    SYSTEM.memo.clear()
    SYSTEM.memo.update(remembered)


def user(*, is_chief: bool = False, is_active: bool = True) -> Any:
    return SimpleNamespace(pk=1, is_chief=is_chief, is_active=is_active)


@pytest.mark.unit
@pytest.mark.usefixtures("own_permissions")
def test_who_may_what() -> None:
    chief = Actor(kind=ActorKind.PERSON, face=Face.DESK, user=user(is_chief=True))
    clerk = Actor(kind=ActorKind.PERSON, face=Face.DESK, user=user())
    gone = Actor(kind=ActorKind.PERSON, face=Face.DESK, user=user(is_chief=True, is_active=False))
    token = Actor(
        kind=ActorKind.TOKEN,
        face=Face.API,
        user=user(is_chief=True),
        token_id=5,
        scopes=frozenset({"sample.read", "x.y"}),
    )
    nobody = Actor(kind=ActorKind.PERSON, face=Face.PORTAL)

    def allowed(actor: Actor) -> list[bool]:
        return [permissions.may(actor, "sample.read"), permissions.may(actor, "sample.write", "open")]

    assert [allowed(actor) for actor in (SYSTEM, chief, clerk, token, gone, nobody)] == [
        [True, True], [True, True], [True, False], [True, False], [False, False], [False, False],
    ]  # fmt: skip
    assert not permissions.may(chief, "sample.write", "closed")
    with pytest.raises(PermissionRefused):
        permissions.require(clerk, "sample.write")
    with pytest.raises(ImproperlyConfigured):
        permissions.may(chief, "sample.unknown")
    assert token.key == "token:1:5"
    assert replace(token) == token


@pytest.mark.unit
@pytest.mark.usefixtures("own_permissions")
def test_permissions_are_read_once_a_request() -> None:
    asked = []
    permissions.set_source(lambda user: asked.append(user) or frozenset({"sample.read"}))
    actor = Actor(kind=ActorKind.PERSON, face=Face.DESK, user=user())
    assert permissions.may(actor, "sample.read")
    assert not permissions.may(actor, "sample.write")
    assert len(asked) == 1


# Translated text


@pytest.mark.unit
def test_a_text_follows_the_language_and_falls_back(settings: Settings) -> None:
    settings.LANGUAGE_CODE = "zh-hans"
    both, chinese, english = (
        TranslatedText(en="Refund", **{"zh-hans": "退款"}),
        TranslatedText("退款"),
        TranslatedText(en="R"),
    )
    with translation.override("en"):
        assert (str(both), str(chinese), str(english)) == ("Refund", "退款", "R")
    with translation.override("zh-hans"):
        assert (str(both), str(chinese), str(english)) == ("退款", "退款", "R")
    assert str(TranslatedText()) == ""
    assert TranslatedText({"en": ""}) == {}


@pytest.mark.integration
@pytest.mark.usefixtures("samples")
def test_a_translated_field_stores_orders_and_edits_by_language() -> None:
    first = Person.objects.create(handle="1", title={"en": "Zebra", "zh-hans": "甲"})
    second = Person.objects.create(handle="2", title={"en": "Apple"})
    assert isinstance(Person.objects.get(pk=first.pk).title, TranslatedText)
    with translation.override("en"):
        assert list(Person.objects.order_by(translated("title"))) == [second, first]
        assert Person.objects.annotate(t=translated("title")).filter(t__icontains="zeb").get() == first
    Person.objects.filter(pk=first.pk).update(title=TranslatedText(en="New"))
    assert str(Person.objects.get(pk=first.pk).title) == "New"

    field = Person._meta.get_field("title").formfield()
    assert field is not None
    names = [f"title_{code}" for code in ("zh_hans", "en")]
    data = dict(zip(names, ["标题", "Title"], strict=True))
    assert field.clean(field.widget.value_from_datadict(data, {}, "title")) == {"zh-hans": "标题", "en": "Title"}
    assert not field.has_changed(TranslatedText(en="Title", **{"zh-hans": "标题"}), ["标题", "Title"])
    assert field.has_changed(TranslatedText(en="Title"), ["标题", "Title"])


# System checks


@pytest.mark.unit
def test_paths_to_ciphertext_are_recognised() -> None:
    paths = ["handle", "-note", "note__contains", "handle__exact", "handle__in", "note__isnull", "score", "title", "pk",
             F("note").desc(), F("score"), "unknown__x"]  # fmt: skip
    assert checks.encrypted_in(Person, paths) == ["handle", "-note", "note__contains", "note"]


@pytest.mark.unit
def test_an_admin_that_searches_ciphertext_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class FileAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
        search_fields = ("=name", "size")
        ordering = ("name",)
        list_filter = ("content_type", ("name", admin.AllValuesFieldListFilter))

    site = admin.AdminSite()
    site.register(StoredFile, FileAdmin)
    monkeypatch.setattr(checks, "site", site)
    assert [message.id for message in checks.check_admin()] == ["core.E011"] * 3


@pytest.mark.unit
def test_a_model_ordered_by_ciphertext_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.check_orderings() == []
    monkeypatch.setattr(StoredFile._meta, "ordering", [F("name").asc()])
    assert [message.id for message in checks.check_orderings()] == ["core.E010"]


@pytest.mark.unit
def test_missing_keys_are_refused(settings: Settings) -> None:
    assert checks.check_keys() == []
    settings.INDEX_KEY = b""
    assert [message.id for message in checks.check_keys()] == ["core.E012"]
    assert issubclass(Person, models.Model)
