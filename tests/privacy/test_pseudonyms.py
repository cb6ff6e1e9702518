"""The same person has the same pseudonym, for one company and for no other."""

import re

import pytest
from django.utils import translation

from apps.accounts.models import User
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import Lens, lens_for
from apps.privacy.pseudonyms import LENGTH, pseudonym
from tests.factories.accounts import TeamFactory, UserFactory, VendorFactory
from tests.factories.privacy import LensPolicyFactory

ONE = Lens.uniform(Mode.TOKENIZED, "vendor:1")
OTHER = Lens.uniform(Mode.TOKENIZED, "vendor:2")
TOKEN = re.compile(rf"\b[2-9A-HJ-NP-Z]{{{LENGTH}}}\b")


def token(text: str) -> str:
    found = TOKEN.findall(text)
    assert len(found) == 1, text
    return found[0]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("field_class", "writings"),
    [
        (FieldClass.PHONE, ("+8613800138000", "138 0013 8000", "138-0013-8000", "１３８００１３８０００")),
        (FieldClass.EMAIL, ("lee@qq.com", "Lee@QQ.com", "ｌｅｅ@qq.com")),
        (FieldClass.NAME, ("王小明", "王 小明", "王·小明")),
        (FieldClass.NAME, ("Alice Wong", "alice wong", "ALICE  WONG")),
        (FieldClass.ID_NUMBER, ("11010519491231002X", "110105 19491231 002x")),
        (FieldClass.BANK_CARD, ("6222021234567894", "6222 0212 3456 7894")),
        (FieldClass.HANDLE, ("oABCDEFG1234", "oabcdefg1234")),
        (FieldClass.ADDRESS, ("文三路100号", "文三路 100号")),
    ],
)
def test_one_value_has_one_pseudonym_however_it_is_written(field_class: FieldClass, writings: tuple[str, ...]) -> None:
    shown = {ONE.show(field_class, writing) for writing in writings}
    assert len(shown) == 1
    assert shown.isdisjoint({OTHER.show(field_class, writing) for writing in writings})
    assert token(next(iter(shown)))
    assert not any(writing in next(iter(shown)) for writing in writings)


@pytest.mark.unit
def test_classes_and_values_do_not_share_pseudonyms() -> None:
    tokens = [token(ONE.phone(f"+8613800{number:06}")) for number in range(2000)]
    assert len(set(tokens)) == len(tokens)
    assert token(ONE.handle("13800138000")) != token(ONE.phone("13800138000"))


@pytest.mark.unit
def test_texts_carry_the_pseudonyms_of_fields() -> None:
    known = ((FieldClass.NAME, "王小明"), (FieldClass.PHONE, "13800138000"))
    shown = ONE.text("我是王小明，叫我小明，电话１３８ ００１３ ８０００ 或 lee@qq.com", known=known)
    name = ONE.name("王小明")
    assert shown == f"我是{name}，叫我{name}，电话{ONE.phone('13800138000')} 或 {ONE.email('lee@qq.com')}"
    assert ONE.phone("+8613800138000") in ONE.html("<p>call <b>138</b>0013<i>8000</i></p>", known)


@pytest.mark.unit
def test_what_staff_wrote_carries_none() -> None:
    """Else whoever types ten thousand numbers into a note would read which of them the customer has."""
    shown = ONE.for_staff_texts.text("13800138000 lee@qq.com", known=((FieldClass.PHONE, "13800138000"),))
    assert shown == "••• •••"
    masked = Lens.uniform(Mode.MASKED)
    assert masked.for_staff_texts is masked


@pytest.mark.unit
def test_words_are_of_the_language_and_the_token_is_not() -> None:
    with translation.override("en"):
        english = pseudonym(FieldClass.PHONE, "13800138000", company="house")
    with translation.override("zh-hans"):
        chinese = pseudonym(FieldClass.PHONE, "13800138000", company="house")
    assert english.startswith("Phone ")
    assert not chinese.startswith("Phone")
    assert token(english) == token(chinese)


@pytest.mark.integration
def test_two_vendors_cannot_join_their_lists(outsourcing_agent: User, acting) -> None:
    other = VendorFactory(key="otherline")
    theirs = UserFactory(role="vendor_agent", vendor=other, teams=[TeamFactory(key="other-day", vendor=other)])
    LensPolicyFactory(role=outsourcing_agent.role, field_class=FieldClass.NAME, mode=Mode.TOKENIZED)
    colleague = UserFactory(role="vendor_agent", vendor=outsourcing_agent.vendor)
    here, there, beside = (lens_for(acting(user)).name("王小明") for user in (outsourcing_agent, theirs, colleague))
    assert here == beside != there
    assert lens_for(acting(outsourcing_agent)).opens_files is False


# Each class in each mode

SAMPLES = {
    FieldClass.NAME: "王小明",
    FieldClass.PHONE: "13800138000",
    FieldClass.EMAIL: "xiaoming.wang@example.com",
    FieldClass.HANDLE: "wx_xiaoming88",
    FieldClass.ID_NUMBER: "11010519491231002X",
    FieldClass.BANK_CARD: "6222021234567894",
    FieldClass.ADDRESS: "杭州市西湖区文三路100号",
}


@pytest.mark.unit
@pytest.mark.parametrize("mode", [Mode.MASKED, Mode.HIDDEN, Mode.TOKENIZED])
@pytest.mark.parametrize("field_class", SAMPLES)
def test_no_mode_but_raw_shows_a_class(field_class: FieldClass, mode: Mode) -> None:
    value, lens = (
        SAMPLES[field_class],
        Lens({**dict.fromkeys(FieldClass, Mode.RAW), field_class: mode, FieldClass.FREE_TEXT: Mode.MASKED}),
    )
    known = ((field_class, value),)
    for shown in (
        lens.show(field_class, value),
        lens.text(f"这里：{value}。", known=known),
        lens.html(f"<p title='{value}'>这里：{value}。</p>", known),
        lens.for_staff_texts.text(f"这里：{value}。", known=known),
    ):
        assert value not in shown
    for other in set(SAMPLES) - {field_class}:
        assert lens.show(other, SAMPLES[other]) == SAMPLES[other]
