"""Changing keys without a pause: a new data key for what is written from now on, and old values brought under it.

May be killed at any point and run beside itself: what is still under an older key is found by the key id that stands in
each value, and how far one has come is written in the transaction that did it.
"""

from apps.core.rotation.keys import (
    AlreadyDestroyed,
    KeyIsActive,
    KeyStillUsed,
    count_values,
    destroy_key,
    rewrap_data_keys,
    state_of,
)
from apps.core.rotation.running import Unfinished, go_on, open_rotation, start_rotation
from apps.core.rotation.tables import models_with_encryption, older_values, rewrap_batch, values_by_key

__all__ = [
    "AlreadyDestroyed",
    "KeyIsActive",
    "KeyStillUsed",
    "Unfinished",
    "count_values",
    "destroy_key",
    "go_on",
    "models_with_encryption",
    "older_values",
    "open_rotation",
    "rewrap_batch",
    "rewrap_data_keys",
    "start_rotation",
    "state_of",
    "values_by_key",
]
