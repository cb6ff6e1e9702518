"""Fields of our own: encrypted values, blind indexes, translated text, ids before insert."""

from apps.core.fields.encrypted import (
    BlindIndexField,
    EncryptedBinaryField,
    EncryptedField,
    EncryptedJSONField,
    EncryptedTextField,
    Sealed,
    blind_index,
    encrypted_fields,
)
from apps.core.fields.sequenced import SequencedAutoField
from apps.core.fields.translated import TranslatedText, TranslatedTextField, translated

__all__ = [
    "BlindIndexField",
    "EncryptedBinaryField",
    "EncryptedField",
    "EncryptedJSONField",
    "EncryptedTextField",
    "Sealed",
    "SequencedAutoField",
    "TranslatedText",
    "TranslatedTextField",
    "blind_index",
    "encrypted_fields",
    "translated",
]
