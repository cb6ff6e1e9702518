"""What no face of ours does, looked for in the code: known attacks 24, 36 and 66."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parent.parent.parent
OUTWARD = frozenset(
    {
        "aiohttp", "aiosmtplib", "boto3", "ftplib", "http.client", "httpx", "imapclient", "imaplib", "paramiko", "poplib",
        "pycurl", "requests", "smtplib", "socket", "telnetlib", "urllib.request", "urllib3", "websocket", "websockets",
        "xmlrpc.client",
    }
)  # fmt: skip
SPEAKING = {
    "apps/core/http.py": "the guarded client itself",
    "apps/core/leases.py": "the name of this machine",
    "apps/core/virus_scanner.py": "the scanner that a setting names",
    "apps/channels/streams.py": "sockets to addresses that the guarded client's check let pass",
    "apps/channels/connectors/email/imap.py": "mailboxes of the house, on the ports of mail only",
    "apps/channels/connectors/email/smtp.py": "mail servers of the house, on the ports of mail only",
    # Names of errors and of bodies; calls go through the guarded client.
    "apps/accounts/oidc/discovery.py": "errors",
    "apps/accounts/oidc/flow.py": "errors",
    "apps/automation/posting.py": "errors",
    "apps/channels/platform_http.py": "errors",
    "apps/channels/connectors/sms_twilio/connector.py": "the shape of a form",
}
DEMO = ("apps/demo/", "apps/channels/demo_mail/", "apps/simulator/")
"""Not part of an installation: they speak to this machine."""
MAKING = {"Client", "AsyncClient", "get", "post", "put", "patch", "delete", "request", "stream", "head", "options"}
FREE = {"eval", "exec", "__import__", "import_string", "import_module", "methodcaller", "attrgetter", "globals"}
ATTRIBUTES = {"getattr", "setattr", "delattr"}
FACES = ("views", "api", "consumers", "forms", "filters", "inputs")
NAMED_BY_CODE = {
    "apps/channels/api/serializers.py": "names of capabilities, given by the serializer's own fields",
    "apps/customers/api/serializers.py": "the name under which the field was declared",
    "apps/metrics/api/serializers.py": "names of declared fields",
    "apps/core/api/catalogue.py": "the modules of installed apps",
    "apps/workbench/consumers.py": "the sessions' module, of a setting",
}


def modules(mentioning: str) -> Iterator[tuple[str, ast.Module]]:
    """Reading all of them as code would take seconds."""
    word = re.compile(mentioning)
    for path in sorted((ROOT / "apps").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if word.search(text):
            yield path.relative_to(ROOT).as_posix(), ast.parse(text)


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {outward for outward in OUTWARD for name in names if name == outward or name.startswith(f"{outward}.")}


def test_one_client_speaks_to_the_outside() -> None:
    """Whatever somebody typed or sent as an address goes through the checks of `apps.core.http`."""
    words = "|".join(re.escape(name.partition(".")[0]) for name in OUTWARD)
    found = {
        path
        for path, tree in modules(rf"(?m)^\s*(?:from|import) .*(?:{words})")
        if imported(tree) and not path.startswith(DEMO)
    }
    assert found == set(SPEAKING)


def test_only_the_guarded_client_is_made() -> None:
    made = [
        f"{path}:{node.lineno}"
        for path, tree in modules(r"\bhttpx\.")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "httpx"
        and node.attr in MAKING
        and path != "apps/core/http.py"
    ]
    assert not made


def test_no_face_calls_what_a_caller_names() -> None:
    """Attributes and modules are found by names that stand in the code."""
    guilty = set()
    for path, tree in modules("|".join(FREE | ATTRIBUTES)):
        if not set(path.removesuffix(".py").split("/")) & set(FACES):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and _is_free(node):
                guilty.add(path)
    assert guilty == set(NAMED_BY_CODE)


def _is_free(call: ast.Call) -> bool:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in FREE:
        return True
    return name in ATTRIBUTES and not isinstance(call.args[1], ast.Constant)


def test_no_address_takes_a_path() -> None:
    """What stands in an address is a number, a key or a token; only the administration has addresses that take anything."""
    taking = {pattern for pattern in patterns(get_resolver(), "") if "<path:" in pattern or ".*" in pattern}
    nothing_there = {"api/v1/^.*$"}
    assert {pattern for pattern in taking if not pattern.startswith("admin/")} == nothing_there


def patterns(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        pattern = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLPattern):
            yield pattern
        else:
            yield from patterns(entry, pattern)
