"""What the demo uses and production refuses: keys that everybody can read here."""

import hashlib


def _demo_key(purpose: str) -> bytes:
    return hashlib.sha256(f"contact center demo, not secret: {purpose}".encode()).digest()


SECRET_KEY = "demo-" + _demo_key("session").hex()
MASTER_KEYS = {"demo": _demo_key("master")}
INDEX_KEY = _demo_key("index")

# Sign-ins that exist in the demo only; the seed creates them, and the launcher prints them.
SIGN_INS = ("manager", "supervisor", "agent", "vendor_agent", "vendor_manager")
PASSWORD = "contact-center"  # noqa: S105 (known to everybody on purpose)
API_TOKEN = "cct_demo_" + _demo_key("api token").hex()[:40]

# What the launcher shows: a label and a path.
PLACES = (
    ("Desk", "/desk/"),
    ("Admin", "/admin/"),
    ("Start page", "/"),
    ("API", "/api/v1/docs/"),
)
