"""The walk can fail: a careless view, planted beside the others, is found and named."""

import base64
import json
from urllib.parse import quote

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import override_settings
from django.urls import include, path

from apps.core.clock import now
from apps.customers.models import Identity
from apps.tickets.models import Ticket
from tests.leaks.planted import Role
from tests.leaks.surfaces import DESK, all_surfaces, some_tickets, tickets
from tests.leaks.test_reading import walk
from tests.leaks.walking import Surface, read, routes
from tests.leaks.world import World

pytestmark = pytest.mark.integration

URLCONF = "tests.leaks.test_meta"


def unmasked(request: HttpRequest, number: int) -> HttpResponse:
    """As if somebody had forgotten the lens, and the scope."""
    return HttpResponse(Ticket.objects.get(number=number).subject)


def hidden_in_a_header(request: HttpRequest) -> HttpResponse:
    phone = Identity.objects.filter(kind="phone").order_by("pk").values_list("pk", flat=True)[0]
    value = Identity.objects.get(pk=phone).value
    return HttpResponse("nothing here", headers={"X-Debug": quote(base64.b64encode(value.encode()).decode())})


def in_json(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"names": [json.dumps(row.customer.name) for row in Ticket.objects.exclude(customer=None)]})


def writes(request: HttpRequest) -> HttpResponse:
    Ticket.objects.update(last_message_at=now())
    return HttpResponse("read")


urlpatterns = [
    path("careless/<int:number>/", unmasked, name="careless-page"),
    path("careless/header/", hidden_in_a_header, name="careless-header"),
    path("careless/json/", in_json, name="careless-json"),
    path("careless/writes/", writes, name="careless-write"),
    path("", include("contactcenter.urls")),
]

CARELESS: dict[str, Surface] = {
    "careless-page": read(on=tickets),
    "careless-header": read(),
    "careless-json": read(),
    "careless-write": read(),
}


def wrong_by(name: str, world: World, role: Role) -> list[str]:
    with override_settings(ROOT_URLCONF=URLCONF):
        return walk(world, role, {name: CARELESS[name]}).wrong


def test_a_route_that_nobody_listed_is_named() -> None:
    with override_settings(ROOT_URLCONF=URLCONF):
        assert set(CARELESS) <= set(routes()) - set(all_surfaces())


@pytest.mark.parametrize("role", [Role.VENDOR, Role.ANONYMOUS, Role.NEIGHBOUR])
def test_an_unmasked_page_is_found(world: World, role: Role) -> None:
    wrong = "\n".join(wrong_by("careless-page", world, role))
    assert "shows inside: phone in the subject" in wrong
    assert "what does not exist answers 500" in wrong


def test_what_is_packed_into_a_header_is_found(world: World) -> None:
    assert "inside: phone" in "\n".join(wrong_by("careless-header", world, Role.VENDOR))


def test_names_in_json_are_found_by_who_may_not_see_them(world: World) -> None:
    assert "shows in-house: name" in "\n".join(wrong_by("careless-json", world, Role.NEIGHBOUR))
    assert "answered 200; only what is marked public may" in "\n".join(wrong_by("careless-json", world, Role.ANONYMOUS))


def test_reading_that_writes_is_found(world: World) -> None:
    assert wrong_by("careless-write", world, Role.MANAGER) == ["manager: GET /careless/writes/ wrote to tickets_ticket"]


def test_a_lens_that_masks_nothing_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ordinary pages, with the lens taken out of them."""
    from apps.privacy.lens import Lens

    monkeypatch.setattr(Lens, "text", lambda self, text, spans=None, known=(): text)
    page = {"workbench:ticket": Surface(some_tickets, both=DESK["workbench:ticket"].both)}
    assert any("phone in the subject" in line for line in walk(world, Role.VENDOR, page).wrong)
