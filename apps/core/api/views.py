"""Bases of the API's views: who asks, may they, is the question known, was it answered before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, TypeVar

from django.db.models import Model
from rest_framework import exceptions, permissions
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from apps.core import audit
from apps.core.actor import Actor
from apps.core.api import idempotency, paging
from apps.core.api.filters import FilterBackend, check_parameters
from apps.core.api.parsers import StrictJsonParser
from apps.core.api.throttles import ActorThrottle
from apps.core.errors import NotVisible
from apps.core.ids import read_public_id
from apps.core.permissions import require

M = TypeVar("M", bound=Model)
PUBLIC_ID = "[A-Za-z0-9_-]{22}"


class HoldsPermission(permissions.BasePermission):
    """Signed in, allowed to use the API at all, and allowed to do this kind of thing. Which rows: `visible_to`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, Actor):
            raise exceptions.NotAuthenticated
        code = view.required_permission()  # type: ignore[attr-defined]
        if code:
            require(request.auth, code)
        return True


class ApiMixin:
    """What every view of the API does the same way."""

    permission_classes: Sequence[type[permissions.BasePermission]] = (HoldsPermission,)
    throttle_classes: Sequence[type[BaseThrottle]] = (ActorThrottle,)
    parser_classes: Sequence[type[BaseParser]] = (StrictJsonParser,)
    renderer_classes: Sequence[type[BaseRenderer]] = (JSONRenderer,)
    authentication_classes: Sequence[type[BaseAuthentication]]

    permission: ClassVar[str] = ""
    """The code that reading needs; empty where being signed in is enough."""
    permission_by_action: ClassVar[Mapping[str, str]] = {}
    """Further codes by action. The services ask for theirs again; these refuse before anything is read."""

    @property
    def actor(self) -> Actor:
        auth: Actor = self.request.auth  # type: ignore[attr-defined]
        return auth

    def required_permission(self) -> str:
        return self.permission_by_action.get(getattr(self, "action", None) or "", self.permission)

    def known_parameters(self) -> Sequence[str]:
        return ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        request._request.actor = request.auth  # type: ignore[attr-defined]
        check_parameters(request, self.known_parameters())
        handle = getattr(self, "post", None)
        if request.method == "POST" and idempotency.HEADER in request.headers and handle is not None:
            # The framework looks its handler up after this.
            setattr(self, "post", partial(self._once, handle))  # noqa: B010 (views without POST have no such attribute)

    def _once(self, handle: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        return idempotency.answer_once(
            request,
            partial(handle, request, *args, **kwargs),
            self.handle_exception,  # type: ignore[attr-defined]
            self.check_repeat,
        )

    def check_repeat(self) -> None:
        """Before a kept answer is given again: what the address names must still be visible."""


class ApiView(ApiMixin, APIView):  # type: ignore[misc]  # the stubs want lists where tuples do
    """A single address that is no collection."""


class Resource(ApiMixin, GenericViewSet[M]):  # type: ignore[misc]  # as above
    """A collection with its members. Subclasses give `get_queryset` (through `visible_to`) and call services to write."""

    pagination_class: type[paging.KeysetPagination | paging.WholeList] = paging.KeysetPagination
    filter_backends = (FilterBackend,)
    filterset_class: ClassVar[Any] = None
    orderings: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    lists_persons: ClassVar[bool] = False
    """Whether a page of it is an entry of the audit trail, as it shows many customers at once."""
    parameters_by_action: ClassVar[Mapping[str, Sequence[str]]] = {}
    """Query parameters beside those of filters and pages."""

    def known_parameters(self) -> Sequence[str]:
        names = list(self.parameters_by_action.get(self.action or "", ()))
        if self.action == "list":
            names += self.filterset_class.names() if self.filterset_class else ()
            names += self.pagination_class.parameters
            names += ("sort",) if self.orderings else ()
        return names

    def check_repeat(self) -> None:
        if (self.lookup_url_kwarg or self.lookup_field) in self.kwargs:
            self.get_object()

    def get_object(self) -> M:
        """By the clear column `lookup_field`, or by public id where that is what the address holds."""
        text = self.kwargs[self.lookup_url_kwarg or self.lookup_field]
        rows = self.get_queryset()
        if self.lookup_field == "public_id":
            pk = read_public_id(rows.model, text)
            found = None if pk is None else rows.filter(pk=pk).first()
        else:
            found = rows.filter(**{self.lookup_field: text}).first()
        if found is None:
            raise NotVisible
        return found

    def listed(self, rows: Any, serializer: Any = None) -> Response:
        """One page of rows, or all of them where the resource has no pages."""
        shape = serializer or self.get_serializer_class()
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(shape(page, many=True, context=self.get_serializer_context()).data)

    def shown(self, record: Any, serializer: Any = None, *, status: int = 200) -> Response:
        shape = serializer or self.get_serializer_class()
        response = Response(shape(record, context=self.get_serializer_context()).data, status=status)
        return idempotency.concerning(response, record) if isinstance(record, Model) else response

    def read(self, serializer: Any) -> dict[str, Any]:
        """The validated body."""
        shape = serializer(data=self.request.data, context=self.get_serializer_context())
        shape.is_valid(raise_exception=True)
        return dict(shape.validated_data)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = self.listed(self.filter_queryset(self.get_queryset()))
        if self.lists_persons:
            rows = response.data.get("results", []) if isinstance(response.data, dict) else response.data
            audit.record_list(
                self.get_queryset().model, by=self.actor, rows=len(rows), asked=request.query_params.dict()
            )
        return response

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.shown(self.get_object())
