"""A client of the REST API, as another system would be one."""

from collections.abc import Callable, Collection
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role, User
from apps.accounts.tokens import issue_token
from apps.core.actor import SYSTEM
from apps.core.permissions import all_permissions

ROOT = "/api/v1/"


class Api:
    """Sends JSON with a token; addresses are given below `/api/v1/`."""

    def __init__(self, token: str, **headers: str) -> None:
        self.token = token
        self.client = Client(headers={"Authorization": f"Bearer {token}", "Accept-Language": "en", **headers})

    def get(self, address: str, **query: Any) -> Any:
        return self.client.get(self._full(address), query)

    def post(self, address: str, body: Any = None, *, key: str = "", **headers: str) -> Any:
        if key:
            headers["Idempotency-Key"] = key
        return self._send("post", address, body, headers)

    def patch(self, address: str, body: Any = None, **headers: str) -> Any:
        return self._send("patch", address, body, headers)

    def put(self, address: str, body: Any = None, **headers: str) -> Any:
        return self._send("put", address, body, headers)

    def delete(self, address: str) -> Any:
        return self.client.delete(self._full(address))

    def upload(self, address: str, **form: Any) -> Any:
        return self.client.post(self._full(address), form)

    def _send(self, method: str, address: str, body: Any, headers: dict[str, str]) -> Any:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return getattr(self.client, method)(
            self._full(address), body if body is not None else {}, content_type="application/json", headers=names
        )

    @staticmethod
    def _full(address: str) -> str:
        return address if address.startswith(("/", "http")) else ROOT + address


def token_of(user: User, scopes: Collection[str] | None = None) -> str:
    """A token for somebody, whose role is given the right to have one."""
    role = Role.objects.get(pk=user.role_id)
    if "api.use" not in role.permissions:
        role.permissions = [*role.permissions, "api.use"]
        role.save(update_fields=["permissions"])
    chosen = all_permissions() if scopes is None else {*scopes, "api.use"}
    _row, plain = issue_token(user=user, name="test", scopes=chosen, by=SYSTEM)
    return plain


@pytest.fixture
def api(db: None) -> Callable[..., Api]:
    """`api(agent)` or `api(agent, scopes=["tickets.view"])`."""

    def sign_in(user: User, scopes: Collection[str] | None = None, **headers: str) -> Api:
        return Api(token_of(user, scopes), **headers)

    return sign_in
