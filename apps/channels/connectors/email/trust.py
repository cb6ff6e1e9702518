"""Whether the address in From may be taken for its owner's."""

from __future__ import annotations

from enum import StrEnum

from apps.channels.connectors.email.parsed import AuthResult, ParsedMail


class SenderTrust(StrEnum):
    """`UNKNOWN`: our own mail server does not say, or the channel does not name it."""

    PASS = "pass"  # noqa: S105 (a verdict)
    FAIL = "fail"
    UNKNOWN = "unknown"


def judge_sender(mail: ParsedMail, auth_server: str) -> SenderTrust:
    """What our own border server found; Authentication-Results of any other server are the sender's own claim."""
    if not auth_server or not mail.from_.is_plain:
        return SenderTrust.UNKNOWN if mail.from_.is_plain else SenderTrust.FAIL
    topmost: dict[str, AuthResult] = {}
    for result in mail.auth_results:
        if result.server == auth_server.lower():
            topmost.setdefault(result.method, result)
    domain = mail.from_.domain.lower()
    dmarc = topmost.get("dmarc")
    if dmarc is not None and dmarc.result in {"pass", "fail"}:
        return SenderTrust(dmarc.result)
    for method in ("dkim", "spf"):
        found = topmost.get(method)
        if found is not None and found.result == "pass" and is_aligned(found.domain, domain):
            return SenderTrust.PASS
    if any(found.result in {"fail", "hardfail"} for found in topmost.values()):
        return SenderTrust.FAIL
    return SenderTrust.UNKNOWN


def is_aligned(authenticated: str, domain: str) -> bool:
    """Equal domains, or one below the other by whole labels; a bare top-level domain aligns with nothing."""
    if not authenticated or "." not in authenticated or "." not in domain:
        return False
    return authenticated == domain or domain.endswith(f".{authenticated}") or authenticated.endswith(f".{domain}")
