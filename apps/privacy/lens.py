"""How one viewer sees personal data. Everything that leaves towards staff passes a lens: pages, API, exports, mails.

The mode is asked per viewer and class of data. Without a policy for a role the safe default holds: people who work for
a vendor see masked values, in-house people see them as they are, and somebody without a role sees nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, reduce
from types import MappingProxyType

from apps.core.actor import Actor, ActorKind
from apps.privacy import masks
from apps.privacy.detection import Span, find_values, fold, spans_in, without_overlaps
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.kinds import field_class_of
from apps.privacy.markup import mask_markup
from apps.privacy.models import LensPolicy
from apps.privacy.permits import SEE_MINORS
from apps.privacy.pseudonyms import pseudonym

# A value that is known to belong to the customer a text is about, and its class.
Known = tuple[FieldClass, str]

_MEMO = "privacy.lens"
_STRICTNESS = {Mode.RAW: 0, Mode.MASKED: 1, Mode.TOKENIZED: 2, Mode.HIDDEN: 3}
_FOR_MINORS: Mapping[Mode, Mode] = MappingProxyType(
    {Mode.RAW: Mode.MASKED, Mode.MASKED: Mode.HIDDEN, Mode.TOKENIZED: Mode.HIDDEN, Mode.HIDDEN: Mode.HIDDEN}
)
"""How somebody without the permission sees of a minor what they see of others (docs/admin/privacy.md)."""
_MASKS: Mapping[FieldClass, Callable[[str], str]] = MappingProxyType(
    {
        FieldClass.NAME: masks.name,
        FieldClass.PHONE: masks.phone,
        FieldClass.EMAIL: masks.email,
        FieldClass.HANDLE: masks.handle,
        FieldClass.ID_NUMBER: masks.id_number,
        FieldClass.BANK_CARD: masks.bank_card,
        FieldClass.ADDRESS: masks.address,
        FieldClass.FILE: masks.file_name,
    }
)


class Lens:
    def __init__(
        self,
        modes: Mapping[FieldClass, Mode],
        company: str = "",
        *,
        sees_minors: bool = False,
        is_of_minor: bool = False,
    ) -> None:
        """`company` is whose pseudonyms are shown: each vendor has its own, and so has the house."""
        self._modes = dict(modes)
        self._company = company
        self.sees_minors = sees_minors
        self.is_of_minor = is_of_minor
        """Stricter than the viewer's own."""

    @classmethod
    def uniform(cls, mode: Mode, company: str = "") -> Lens:
        return cls(dict.fromkeys(FieldClass, mode), company, sees_minors=mode is Mode.RAW)

    def of(self, is_minor: bool) -> Lens:
        """For what is of this customer. Texts stay readable, with the values in them hidden or masked."""
        return self._for_minors if is_minor and not self.sees_minors else self

    @cached_property
    def _for_minors(self) -> Lens:
        modes = {kind: _FOR_MINORS[mode] for kind, mode in self._modes.items()}
        modes[FieldClass.FREE_TEXT] = _stricter(self.mode(FieldClass.FREE_TEXT), Mode.MASKED)
        # A step is taken once.
        return Lens(modes, self._company, sees_minors=True, is_of_minor=True)

    def mode(self, field_class: FieldClass) -> Mode:
        return self._modes.get(field_class, Mode.HIDDEN)

    @cached_property
    def is_raw(self) -> bool:
        """Nothing at all is masked: ask it of `of`, wherever a customer may be a minor."""
        return all(self.mode(field_class) is Mode.RAW for field_class in FieldClass)

    @cached_property
    def for_staff_texts(self) -> Lens:
        """For what staff wrote: without pseudonyms, or whoever types a number would read which customer has it."""
        modes: dict[FieldClass, Mode] = dict(self._modes)
        modes.update(dict.fromkeys((kind for kind in modes if modes[kind] is Mode.TOKENIZED), Mode.HIDDEN))
        modes[FieldClass.FREE_TEXT] = self.mode(FieldClass.FREE_TEXT)
        return self if modes == self._modes else Lens(modes, self._company, sees_minors=self.sees_minors)

    @property
    def opens_files(self) -> bool:
        """What is in a file is not masked, so it is opened only where files are seen as they are."""
        return self.mode(FieldClass.FILE) is Mode.RAW

    def stricter(self, other: Lens) -> Lens:
        """Of each class of data the form that shows less. Pseudonyms stay those of the first one's company."""
        modes = {field_class: _stricter(self.mode(field_class), other.mode(field_class)) for field_class in FieldClass}
        return Lens(modes, company=self._company, sees_minors=self.sees_minors and other.sees_minors)

    # Single values

    def show(self, field_class: FieldClass, value: str) -> str:
        """A value of the given class, in this viewer's form. Nothing stays nothing."""
        mode = self.mode(field_class)
        if not value or mode is Mode.RAW:
            return value
        if mode is Mode.HIDDEN:
            return masks.HIDDEN
        if field_class is FieldClass.FREE_TEXT:
            return self.text(value)
        return self._changed(field_class, value)

    def name(self, value: str) -> str:
        return self.show(FieldClass.NAME, value)

    def phone(self, value: str) -> str:
        return self.show(FieldClass.PHONE, value)

    def email(self, value: str) -> str:
        return self.show(FieldClass.EMAIL, value)

    def handle(self, value: str) -> str:
        return self.show(FieldClass.HANDLE, value)

    def file_name(self, value: str) -> str:
        return self.show(FieldClass.FILE, value)

    def value(self, kind: str, value: str) -> str:
        """An identity's value, by the kind of identity."""
        return self.show(field_class_of(kind), value)

    # Texts

    def text(self, text: str, spans: Sequence[Span] | None = None, known: Iterable[Known] = ()) -> str:
        """Free text with the personal data in it masked.

        `spans` are the places found when the text was written (`detection.unpack`); without them it is searched now.
        `known` are values of the customer it is about, which count wherever they occur.
        """
        mode = self.mode(FieldClass.FREE_TEXT)
        if not text or mode is Mode.RAW:
            return text
        if mode is Mode.HIDDEN:
            return masks.HIDDEN
        known = tuple(known)
        parts: list[str] = []
        position = 0
        for span in self.masked_spans(text, spans, known):
            parts += [text[position : span.start], self._mask(span, text[span.start : span.end], known)]
            position = span.end
        return "".join([*parts, text[position:]])

    def html(self, html: str, known: Iterable[Known] = ()) -> str:
        """Sanitized rich text with the personal data in its text and attributes masked, also across inline elements."""
        mode = self.mode(FieldClass.FREE_TEXT)
        if not html or mode is Mode.RAW:
            return html
        if mode is Mode.HIDDEN:
            return f"<p>{masks.HIDDEN}</p>"
        known = tuple(known)
        return mask_markup(
            html,
            find=lambda text: self.masked_spans(text, None, known),
            mask=lambda span, value: self._mask(span, value, known),
        )

    def masked_spans(self, text: str, spans: Sequence[Span] | None, known: Iterable[Known]) -> list[Span]:
        """The places of a text that this viewer is not shown as they are."""
        found = [span for span in (spans_in(text) if spans is None else spans) if span.end <= len(text)]
        found += find_values(text, known)
        return without_overlaps(span for span in found if self.mode(span.kind) is not Mode.RAW)

    def _mask(self, span: Span, value: str, known: Sequence[Known]) -> str:
        if self.mode(span.kind) is Mode.TOKENIZED:
            value = _whole(span.kind, value, known)
        return masks.HIDDEN if self.mode(span.kind) is Mode.HIDDEN else self._changed(span.kind, value)

    def _changed(self, field_class: FieldClass, value: str) -> str:
        """In the form that is not the value itself. Of a file only its ending says more than a pseudonym."""
        if self.mode(field_class) is Mode.TOKENIZED and field_class is not FieldClass.FILE:
            return pseudonym(field_class, value, company=self._company)
        return _MASKS[field_class](value)


def _whole(kind: FieldClass, value: str, known: Sequence[Known]) -> str:
    """The name of which somebody wrote a part: by either one the same person is meant."""
    if kind is not FieldClass.NAME:
        return value
    part = fold(value)
    return next((whole for of, whole in known if of is kind and part in fold(whole)), value)


def writes_blind(actor: Actor, *, is_minor: bool = False) -> bool:
    """Whether somebody writes about a customer whose data they see masked. In such a text only what looks like personal
    data is masked again, and not what is known of the customer: it would tell which of ten thousand guesses is right.
    """
    return not lens_for(actor).of(is_minor).is_raw


def lens_for(actor: Actor) -> Lens:
    """The actor's lens, remembered on the actor: one query a request, none for who has no role."""
    lens: Lens | None = actor.memo.get(_MEMO)
    if lens is None:
        lens = actor.memo[_MEMO] = _read_lens(actor)
    return lens


def _read_lens(actor: Actor) -> Lens:
    if actor.kind is ActorKind.SYSTEM:
        return Lens.uniform(Mode.RAW)
    if actor.behind is not None:
        return reduce(Lens.stricter, (lens_for(one) for one in actor.eyes))
    user = actor.user
    if user is None or not user.is_active or user.role is None:
        return Lens.uniform(Mode.HIDDEN)
    default = Mode.MASKED if user.is_outsourced else Mode.RAW
    chosen = {
        FieldClass(policy.field_class): Mode(policy.mode)
        for policy in LensPolicy.objects.filter(role=user.role).only("field_class", "mode")
    }
    if user.is_outsourced and not user.role.is_outsourced:
        # A role made for in-house people must not open a vendor's eyes.
        chosen = {field_class: _stricter(mode, default) for field_class, mode in chosen.items()}
    modes = {field_class: chosen.get(field_class, default) for field_class in FieldClass}
    if FieldClass.FREE_TEXT not in chosen and any(mode is not Mode.RAW for mode in modes.values()):
        # What is masked as a field must not be readable in a text.
        modes[FieldClass.FREE_TEXT] = _stricter(modes[FieldClass.FREE_TEXT], Mode.MASKED)
    company = f"vendor:{user.vendor_id}" if user.is_outsourced else "house"
    return Lens(modes, company, sees_minors=SEE_MINORS in actor.permissions)


def _stricter(one: Mode, other: Mode) -> Mode:
    return max(one, other, key=lambda mode: _STRICTNESS[mode])
