"""Keyed hashes of whatever identifies an item or a conversation.

Order keys, thread keys, message keys and platform ids are looked up but never read back. They are hashed
with a key of the installation, because a plain hash of a phone number or an address in a stolen dump is
found by trying all of them.
"""

from apps.core.crypto import keyed_hash


def key_of(*parts: str | bytes) -> bytes:
    """32 bytes that stand for the parts; equal parts give equal keys, ("ab", "c") and ("a", "bc") do not."""
    framed = bytearray()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        framed += len(raw).to_bytes(8, "big") + raw
    return keyed_hash("channels.keys", bytes(framed))


def message_key(message_id: str) -> bytes:
    """Of a Message-ID or a platform's id of a message, in or out: what `Inbound.message_keys` holds.

    Whoever writes the keys of an outgoing message (its `client_key`) uses this too, so that the answer finds it.
    """
    return key_of("message", message_id.strip())
