import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import AgentSkill, Skill
from apps.core.models import AuditEntry

pytestmark = pytest.mark.integration


@pytest.fixture
def skill(db):
    return Skill.objects.create(key="refunds", name={"en": "Refunds", "zh-hans": "退款"})


def test_the_table_sets_takes_away_and_leaves(office, agent, teammate, skill):
    kept = AgentSkill.objects.create(user=teammate, skill=skill, level=5)
    page = reverse("admin:skills")

    def save(**levels):
        return office.post(page, {f"level:{agent.pk}:{skill.pk}": levels.get("agent", "")})

    assert save(agent="4").status_code == 302
    assert AgentSkill.objects.get(user=agent).level == 4
    assert f'name="level:{agent.pk}:{skill.pk}"' in office.get(page).content.decode()
    save(agent="9")
    save(agent="4")
    assert AgentSkill.objects.get(user=agent).level == 4
    save(agent="0")
    assert list(AgentSkill.objects.all()) == [kept]
    entries = AuditEntry.objects.filter(action="user.skills_changed").order_by("created")
    assert [entry.details for entry in entries] == [{"refunds": [0, 4]}, {"refunds": [4, 0]}]


def test_only_who_manages_people_sets_skills(supervisor, agent, skill):
    client = Client()
    client.force_login(supervisor)
    answer = client.post(reverse("admin:skills"), {f"level:{agent.pk}:{skill.pk}": "5"})
    assert answer.status_code in (302, 403)
    assert not AgentSkill.objects.exists()


def test_languages_served_are_set_with_the_person(office, agent, team):
    from tests.admin.test_people import user_form

    form = user_form(new_password="", teams=[team.pk], spoken_languages="zh-hans, en")
    assert office.post(reverse("admin:accounts_user_change", args=[agent.pk]), form).status_code == 302
    agent.refresh_from_db()
    assert agent.spoken_languages == ["zh-hans", "en"]
    wrong = office.post(reverse("admin:accounts_user_change", args=[agent.pk]), {**form, "spoken_languages": "中文"})
    assert "spoken_languages" in wrong.context["adminform"].form.errors
