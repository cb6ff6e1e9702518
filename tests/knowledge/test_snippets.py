import pytest

from apps.accounts.models import Team, User
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.knowledge.models import Snippet
from apps.knowledge.selectors import all_snippets, usable_snippets
from apps.knowledge.services.snippets import create_snippet, delete_snippet, update_snippet, use_snippet
from apps.knowledge.variables import render_html, render_text, variables_in
from tests.cast import CAST

integration = pytest.mark.integration
unit = pytest.mark.unit


@pytest.fixture
def snippets(agent: User, team: Team, vendor_team: Team) -> dict[str, Snippet]:
    rows = {"private": ("private", None), "team": ("team", team), "vendor": ("team", vendor_team), "all": ("all", None)}
    return {
        key: Snippet.objects.create(
            owner=agent, scope=scope, team=of, shortcut=key, title={"en": key.title()}, body={"en": f"<p>{key}</p>"}
        )
        for key, (scope, of) in rows.items()
    }


@integration
def test_who_sees_which(cast: dict[str, User], snippets: dict[str, Snippet], acting) -> None:
    seen = {
        name: {row.shortcut for row in Snippet.objects.visible_to(acting(cast[name]))} - {"vendor"} for name in CAST
    }
    assert seen == {
        "agent": {"private", "team", "all"},
        "teammate": {"team", "all"},
        "supervisor": {"team", "all"},
        "manager": {"all"},
        "outsourcing_agent": {"all"},
        "stranger": {"all"},
    }
    assert snippets["vendor"] in Snippet.objects.visible_to(acting(cast["outsourcing_agent"]))
    assert snippets["vendor"] not in Snippet.objects.visible_to(acting(cast["teammate"]))


@integration
def test_who_changes_which(cast: dict[str, User], snippets: dict[str, Snippet], acting) -> None:
    def may(name: str, key: str) -> bool:
        try:
            update_snippet(snippet=snippets[key], by=acting(cast[name]), title={"en": name})
        except (NotVisible, PermissionRefused):
            return False
        return True

    assert {(name, key) for name in CAST for key in snippets if may(name, key)} == {
        ("agent", "private"),
        ("supervisor", "team"),
        ("supervisor", "all"),
        ("manager", "all"),
    }


@integration
def test_others_private_snippet_is_not_there(
    snippets: dict[str, Snippet], teammate: User, manager: User, acting
) -> None:
    for user in (teammate, manager):
        with pytest.raises(NotVisible):
            delete_snippet(snippet=snippets["private"], by=acting(user))
        with pytest.raises(NotVisible):
            use_snippet(snippet=snippets["private"], by=acting(user), values={})
    assert Snippet.objects.count() == 4


def new(by, **changes):
    values = {"shortcut": "hello", "title": {"en": "Hello"}, "body": {"en": "<p>Hello</p>"}} | changes
    return create_snippet(by=by, **values)


@integration
def test_text_is_cleaned_when_it_is_kept(agent: User, acting) -> None:
    row = new(acting(agent), body={"en": '<p onclick="x()">Hi<script>alert(1)</script></p>', "zh-hans": "<p>你好</p>"})
    assert Snippet.objects.get(pk=row.pk).body == {"en": "<p>Hi</p>", "zh-hans": "<p>你好</p>"}


@integration
@pytest.mark.parametrize(
    "wrong",
    [
        {"shortcut": "two words"},
        {"shortcut": ""},
        {"shortcut": "<b>"},
        {"shortcut": "x" * 41},
        {"title": {}},
        {"title": {"en": "x" * 201}},
        {"body": {}},
        {"body": {"en": "x" * 50_001}},
        {"scope": "everything"},
    ],
)
def test_wrong_snippets_are_refused(supervisor: User, acting, wrong: dict) -> None:
    with pytest.raises(InvalidInput):
        new(acting(supervisor), **wrong)
    assert not Snippet.objects.exists()


@integration
def test_sharing_needs_the_right_and_ones_own_team(
    agent: User, supervisor: User, team: Team, other_team: Team, acting
) -> None:
    for scope in ("team", "all"):
        with pytest.raises(PermissionRefused):
            new(acting(agent), scope=scope, team=team)
    mine = new(acting(agent))
    with pytest.raises(PermissionRefused):
        update_snippet(snippet=mine, by=acting(agent), scope="all")
    with pytest.raises(InvalidInput):
        new(acting(supervisor), scope="team", team=other_team)
    assert [row.scope for row in Snippet.objects.all()] == ["private"]
    assert new(acting(supervisor), scope="team", team=team).team == team


@integration
def test_shortcut_is_used_once_among_those_who_see_it(agent: User, teammate: User, acting) -> None:
    new(acting(agent))
    new(acting(teammate))
    with pytest.raises(InvalidInput):
        new(acting(agent), shortcut="HELLO")


@integration
def test_use_fills_values_in_the_wished_language_and_is_counted(agent: User, acting) -> None:
    row = new(
        acting(agent),
        body={"en": "<p>Dear {{customer.name}}, {{ ticket.number }}</p>", "zh-hans": "<p>{{customer.name}}您好</p>"},
    )
    values = {"customer.name": "Lee & <b>Co</b>"}
    by = acting(agent)
    assert use_snippet(snippet=row, by=by, values=values, language="en") == (
        "<p>Dear Lee &amp; &lt;b&gt;Co&lt;/b&gt;, {{ ticket.number }}</p>"
    )
    assert use_snippet(snippet=row, by=by, values=values, language="zh-Hans").endswith("您好</p>")
    assert use_snippet(snippet=row, by=by, values={}, language="fr") != ""
    assert Snippet.objects.get().uses == 3


@integration
def test_list_begins_with_what_was_typed(agent: User, acting) -> None:
    for shortcut, title, uses in (("refund", "Refund", 1), ("ref", "Reference", 0), ("late", "About a refund", 9)):
        row = new(acting(agent), shortcut=shortcut, title={"en": title})
        Snippet.objects.filter(pk=row.pk).update(uses=uses)
    assert [row.shortcut for row in usable_snippets(acting(agent), "ref")] == ["ref", "refund", "late"]
    assert [row.shortcut for row in usable_snippets(acting(agent))] == ["late", "refund", "ref"]
    Snippet.objects.filter(shortcut="late").update(is_active=False)
    assert [row.shortcut for row in usable_snippets(acting(agent), "refund")] == ["refund"]
    assert len(all_snippets(acting(agent))) == 3


@unit
@pytest.mark.parametrize(
    "text",
    [
        "{{7*7}}",
        "{% debug %}",
        "{{settings.SECRET_KEY}}",
        "{{customer.__class__}}",
        "{{ customer.name|upper }}",
        "{{customer}}",
        "{{ request.user.password }}",
        "{{{{customer.name}}",
        "${customer.name}",
        "{customer.name}",
        "{{" * 20_000,
        "{{ " * 20_000,
    ],
)
def test_what_is_no_declared_variable_stays_text(text: str) -> None:
    values = {"customer.name": "LEE", "settings.SECRET_KEY": "x", "customer": "x"}
    assert render_text(text, values).replace("{{LEE", "{{{{customer.name}}") == text


@unit
def test_values_are_not_looked_at_again() -> None:
    values = {"customer.name": "{{ticket.number}}", "ticket.number": "1001"}
    assert render_html("{{customer.name}} {{ticket.number}}", values) == "{{ticket.number}} 1001"


@unit
def test_variables_of_a_text_are_listed_once() -> None:
    assert variables_in("{{agent.name}} {{customer.name}} {{ agent.name }} {{no.such}}") == (
        "agent.name",
        "customer.name",
    )
