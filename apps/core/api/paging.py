"""Keyset pages: stable under inserts, equally fast on the first and the thousandth page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.errors import InvalidParameter
from apps.core.paging import KeysetPage, paginate

DEFAULT_SIZE = 50
MAX_SIZE = 200


class KeysetPagination(BasePagination):
    """Reads `cursor`, `limit` and `sort`. Which orders there are is the view's `orderings`: clear columns only."""

    parameters: ClassVar[tuple[str, ...]] = ("cursor", "limit")
    page: KeysetPage[Any]
    request: Request

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        self.request = request
        self.page = paginate(
            queryset,
            order=self.order(request, view),
            cursor=request.query_params.get("cursor") or None,
            size=page_size(request),
        )
        return list(self.page.rows)

    def order(self, request: Request, view: APIView | None) -> tuple[str, ...]:
        orderings: Mapping[str, tuple[str, ...]] = getattr(view, "orderings", {})
        name = request.query_params.get("sort")
        if name is None:
            return next(iter(orderings.values()), ("id",))
        if name not in orderings:
            raise InvalidParameter(name="sort")
        return orderings[name]

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "results": data,
                "next": self.link(self.page.next_cursor),
                "previous": self.link(self.page.previous_cursor),
                "next_cursor": self.page.next_cursor,
            }
        )

    def link(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        parameters = {**self.request.query_params.dict(), "cursor": cursor}
        return self.request.build_absolute_uri(f"{self.request.path}?{urlencode(parameters)}")

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {
            "type": "string",
            "format": "uri",
            "nullable": True,
            "example": "https://desk.example.com/api/v1/tickets/?cursor=eyJrIjpbNDJdfQ",
        }
        return {
            "type": "object",
            "required": ["results", "next", "previous", "next_cursor"],
            "properties": {
                "results": schema,
                "next": {**link, "description": str(_("Address of the next page; null on the last one."))},
                "previous": {**link, "description": str(_("Address of the page before; null on the first one."))},
                "next_cursor": {
                    "type": "string",
                    "nullable": True,
                    "description": str(_("The cursor inside `next`, for clients that build addresses themselves.")),
                    "example": "eyJrIjpbNDJdfQ",
                },
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        parameters = [
            {
                "name": "cursor",
                "in": "query",
                "description": str(_("Where the page begins: a cursor from an earlier answer.")),
                "schema": {"type": "string"},
            },
            {
                "name": "limit",
                "in": "query",
                "description": str(_("Rows on one page.")),
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE},
            },
        ]
        if orderings := list(getattr(view, "orderings", {})):
            parameters.append(
                {
                    "name": "sort",
                    "in": "query",
                    "description": str(_("The order of the rows; a minus sign means descending.")),
                    "schema": {"type": "string", "enum": orderings, "default": orderings[0]},
                }
            )
        return parameters


class WholeList(BasePagination):
    """For short lists that are given whole, in the same envelope."""

    parameters: ClassVar[tuple[str, ...]] = ()

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        return list(queryset)

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "required": ["results"], "properties": {"results": schema}}

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return []


def page_size(request: Request, default: int = DEFAULT_SIZE) -> int:
    text = request.query_params.get("limit")
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_SIZE):
        raise InvalidParameter(name="limit")
    return int(text)
