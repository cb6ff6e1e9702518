import pytest

from apps.accounts.models import User
from apps.core.actor import SYSTEM, Actor, ActorKind, Face
from apps.privacy.detection import find_spans
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import Lens, lens_for
from tests.cast import CAST
from tests.factories.accounts import UserFactory
from tests.factories.privacy import LensPolicyFactory

MASKED = Lens.uniform(Mode.MASKED)
HIDDEN = Lens.uniform(Mode.HIDDEN)
RAW = Lens.uniform(Mode.RAW)
KNOWN = ((FieldClass.NAME, "王小明"), (FieldClass.NAME, "Alice Wong"), (FieldClass.PHONE, "13800138000"))


@pytest.mark.unit
@pytest.mark.parametrize(
    ("field_class", "value", "shown"),
    [
        (FieldClass.PHONE, "+8613812345678", "138****5678"),
        (FieldClass.PHONE, "138 1234 5678", "138****5678"),
        (FieldClass.PHONE, "+442079460018", "+44****0018"),
        (FieldClass.PHONE, "10086", "****"),
        (FieldClass.EMAIL, "lee@qq.com", "l***@q**.com"),
        (FieldClass.EMAIL, "lee.wang@mail.example.co.uk", "l***@m**.uk"),
        (FieldClass.EMAIL, "nonsense", "***"),
        (FieldClass.NAME, "王小明", "王*"),
        (FieldClass.NAME, "欧阳娜娜", "欧阳*"),
        (FieldClass.NAME, "Alice Wong", "A***"),
        (FieldClass.NAME, "13812345678", "***"),
        (FieldClass.NAME, "lee@qq.com", "l***"),
        (FieldClass.HANDLE, "oABCDEFG1234", "oA***"),
        (FieldClass.HANDLE, "short", "***"),
        (FieldClass.ID_NUMBER, "11010519491231002X", "1******X"),
        (FieldClass.BANK_CARD, "6222 0212 3456 7894", "**** 7894"),
        (FieldClass.ID_NUMBER, "浙A·D00015", "浙A***5"),
        (FieldClass.ADDRESS, "文三路100号", "***"),
        (FieldClass.ADDRESS, "浙江省 杭州市西湖区文三路100号", "浙江省杭州市***"),
        (FieldClass.ADDRESS, "北京市朝阳区青松路9号", "北京市***"),
        (FieldClass.ADDRESS, "12 Mill Lane, Leeds LS1 2ZZ", "***"),
        (FieldClass.FILE, "王小明-身份证.JPG", "***.jpg"),
        (FieldClass.FILE, "no ending", "***"),
    ],
)
def test_each_class_has_its_mask(field_class: FieldClass, value: str, shown: str) -> None:
    assert MASKED.show(field_class, value) == shown
    assert RAW.show(field_class, value) == value
    assert HIDDEN.show(field_class, value) == "•••"
    assert MASKED.show(field_class, "") == ""


@pytest.mark.unit
def test_identities_are_shown_by_the_class_of_their_kind() -> None:
    assert MASKED.value("phone", "+8613812345678") == "138****5678"
    assert MASKED.value("email", "lee@qq.com") == "l***@q**.com"
    assert MASKED.value("some-platform-nobody-knows", "oABCDEFG1234") == "oA***"


@pytest.mark.unit
def test_text_is_masked_at_the_stored_places_and_wherever_known_values_stand() -> None:
    text = "我是王小明，电话１３８ ００１３ ８０００ 或 lee@qq.com"
    assert MASKED.text(text, find_spans(text), KNOWN) == "我是王*，电话138****8000 或 l***@q**.com"
    assert MASKED.text(text, None, KNOWN) == MASKED.text(text, find_spans(text), KNOWN)
    assert MASKED.text(text, [], ()) == text
    assert RAW.text(text, None, KNOWN) == text
    assert HIDDEN.text(text) == "•••"


@pytest.mark.unit
def test_stored_places_beyond_the_text_harm_nothing() -> None:
    assert MASKED.text("short", find_spans("x" * 20 + "13800138000")) == "short"


@pytest.mark.unit
def test_classes_seen_as_they_are_stay_in_texts() -> None:
    lens = Lens({**dict.fromkeys(FieldClass, Mode.MASKED), FieldClass.EMAIL: Mode.RAW, FieldClass.PHONE: Mode.HIDDEN})
    assert lens.text("13800138000 lee@qq.com") == "••• lee@qq.com"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>call 13800138000</p>", "<p>call 138****8000</p>"),
        ("<p>call <b>138</b>0013<i>8000</i> now</p>", "<p>call <b>138****8000</b><i></i> now</p>"),
        ('<a href="tel:+8613800138000">me</a>', "<a>me</a>"),
        ('<a href="mailto:lee@qq.com">write</a>', "<a>write</a>"),
        ('<a href="https://x.example/?m=lee%40qq.com">x</a>', "<a>x</a>"),
        ('<a href="https://x.example/?m=138%2000138000">x</a>', "<a>x</a>"),
        (
            '<a href="https://x.example/help" title="13800138000">x</a>',
            '<a href="https://x.example/help" title="138****8000">x</a>',
        ),
        ('<img alt="王小明的照片" src="cid:x">', '<img alt="王*的照片" src="cid:x">'),
        ("<p>王</p><p>小明</p>", "<p>王*</p><p></p>"),
        ("<p>dear <em>Alice</em> &lt;script&gt;</p>", "<p>dear <em>A***</em> &lt;script&gt;</p>"),
        ("plain &amp; 13800138000", "plain &amp; 138****8000"),
        ("<!-- 13800138000 --><p>x</p>", "<p>x</p>"),
        ("<ul><li>138</li><li>00138000</li></ul>", "<ul><li>138****8000</li><li></li></ul>"),
        ("", ""),
    ],
)
def test_markup_is_masked_in_text_and_attributes(html: str, shown: str) -> None:
    known = () if "<li>" in html else KNOWN
    assert MASKED.html(html, known) == shown
    assert RAW.html(html, known) == html


@pytest.mark.unit
def test_broken_markup_is_shown_as_text_and_never_raw() -> None:
    for html in (
        "\x00<p>13800138000",
        "<" * 500 + "13800138000",
        "<div>" * 5000 + "13800138000",
        "13800138000</p></div>x",
    ):
        shown = MASKED.html(html, KNOWN)
        assert "13800138000" not in shown
        assert "<script" not in shown
    assert HIDDEN.html("<p>x</p>") == "<p>•••</p>"


# Who looks through which lens


@pytest.mark.integration
def test_in_house_people_see_values_and_vendor_people_masks(cast: dict[str, User], acting) -> None:
    shown = {name: lens_for(acting(cast[name])).phone("+8613812345678") for name in CAST}
    raw = "+8613812345678"
    assert shown == {
        "agent": raw,
        "teammate": raw,
        "supervisor": raw,
        "manager": raw,
        "outsourcing_agent": "138****5678",
        "stranger": raw,
    }


@pytest.mark.integration
def test_nobody_sees_anything(agent: User, acting) -> None:
    nobody = Actor(kind=ActorKind.PERSON, face=Face.PORTAL)
    without_role = UserFactory(role=None)
    agent.is_active = False
    agent.save()
    for actor in (nobody, acting(without_role), acting(agent)):
        assert lens_for(actor).text("x 13812345678") == "•••"
    assert lens_for(SYSTEM).is_raw


@pytest.mark.integration
def test_policy_of_the_role_decides(agent: User, acting) -> None:
    LensPolicyFactory(role=agent.role, field_class=FieldClass.PHONE, mode=Mode.HIDDEN)
    lens = lens_for(acting(agent))
    assert (lens.phone("13812345678"), lens.email("lee@qq.com")) == ("•••", "lee@qq.com")
    # What is hidden as a field must not be readable in a text.
    assert lens.text("13812345678 lee@qq.com") == "••• lee@qq.com"


@pytest.mark.integration
def test_in_house_role_in_the_hands_of_a_vendor_opens_nothing(outsourcing_agent: User, agent: User, acting) -> None:
    outsourcing_agent.role = agent.role
    outsourcing_agent.save()
    LensPolicyFactory(role=agent.role, field_class=FieldClass.PHONE, mode=Mode.RAW)
    LensPolicyFactory(role=agent.role, field_class=FieldClass.EMAIL, mode=Mode.HIDDEN)
    lens = lens_for(acting(outsourcing_agent))
    assert lens.phone("13812345678") == "138****5678"
    assert lens.email("lee@qq.com") == "•••"


@pytest.mark.integration
def test_files_are_opened_only_where_they_are_seen_as_they_are(agent: User, outsourcing_agent: User, acting) -> None:
    assert lens_for(acting(agent)).opens_files
    assert not lens_for(acting(outsourcing_agent)).opens_files


@pytest.mark.integration
def test_lens_costs_one_query_a_request(outsourcing_agent: User, acting, django_assert_num_queries) -> None:
    actor = acting(outsourcing_agent)
    with django_assert_num_queries(1):
        lens_for(actor)
        lens_for(actor)
