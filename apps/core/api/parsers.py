"""Strict JSON: bounded in size and depth, no NUL, no NaN, no member twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any, ClassVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import UnreadablePostError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles
from rest_framework.parsers import MultiPartParser as BaseMultiPartParser

from apps.core.api.errors import BodyTooLarge, MalformedBody

MAX_DEPTH = 32


class StrictJsonParser(BaseParser):
    media_type = "application/json"
    limit: ClassVar[int | None] = None
    """In bytes; by default what the settings allow for any request."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = _read(stream, self.limit or settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        try:
            value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
        except UnicodeDecodeError as error:
            raise MalformedBody(reason=_("it is not UTF-8")) from error
        except RecursionError as error:
            raise MalformedBody(reason=_("it is nested too deeply")) from error
        except json.JSONDecodeError as error:
            reason = _("no JSON at line %(line)s, column %(column)s") % {"line": error.lineno, "column": error.colno}
            raise MalformedBody(reason=reason) from error
        except ValueError as error:  # a number of thousands of digits
            raise MalformedBody(reason=_("a number is too long")) from error
        refuse_bad_values(value)
        return value


class LargeJsonParser(StrictJsonParser):
    """For messages that carry their files inside, in base64."""

    limit = 40 * 1024 * 1024


class MultiPartParser(BaseMultiPartParser):
    """Django's parser, with its refusals turned into ours."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles[Any, MultiValueDict[Any, Any]]:
        try:
            parsed = super().parse(stream, media_type, parser_context)
        except RequestDataTooBig as error:
            raise BodyTooLarge(limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE) from error
        except (SuspiciousOperation, ParseError) as error:
            raise MalformedBody(reason=_("the form cannot be read")) from error
        refuse_bad_values({name: parsed.data.getlist(name) for name in parsed.data})
        return parsed


def refuse_bad_values(value: Any) -> None:
    """Walks without recursion, so that the depth of the input never becomes the depth of our stack."""
    level = [value]
    for _depth in range(MAX_DEPTH):
        following: list[Any] = []
        for item in level:
            if isinstance(item, str):
                _refuse_bad_text(item)
            elif isinstance(item, dict):
                following += item.keys()
                following += item.values()
            elif isinstance(item, list):
                following += item
        if not following:
            return
        level = following
    raise MalformedBody(reason=_("it is nested too deeply"))


def _refuse_bad_text(text: str) -> None:
    if "\x00" in text:
        raise MalformedBody(reason=_("it contains a NUL character"))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise MalformedBody(reason=_("it contains half a character")) from error


def _read(stream: IO[Any], limit: int) -> bytes:
    try:
        raw: bytes = stream.read(limit + 1)
    except UnreadablePostError as error:
        raise MalformedBody(reason=_("it ended too early")) from error
    if len(raw) > limit:
        raise BodyTooLarge(limit=limit)
    return raw


def _refuse_constant(name: str) -> Any:
    raise MalformedBody(reason=_("%(name)s is not a JSON value") % {"name": name})


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedBody(reason=_("a member stands in it twice"))
    return members
