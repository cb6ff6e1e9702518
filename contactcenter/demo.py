"""What the demo uses and production refuses: keys that everybody can read here."""

import hashlib


def _demo_key(purpose: str) -> bytes:
    return hashlib.sha256(f"contact center demo, not secret: {purpose}".encode()).digest()


SECRET_KEY = "demo-" + _demo_key("session").hex()
MASTER_KEYS = {"demo": _demo_key("master")}
INDEX_KEY = _demo_key("index")
