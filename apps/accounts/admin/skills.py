"""Skills, and one table of people against them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from apps.accounts.models import AgentSkill, Skill, User
from apps.accounts.models.skill import LEVELS
from apps.accounts.services.skills import set_skills
from apps.core.actor import Actor
from apps.core.admin.base import StaffAdmin, actor_of
from apps.core.permissions import may


@admin.register(Skill)
class SkillAdmin(StaffAdmin[Skill]):
    """What work may ask of people. How good each is stands on the page “Who can do what”."""

    view_code = change_code = "accounts.manage"
    list_display = ("key", "name", "is_active")
    list_filter = ("is_active",)
    search_fields = ("key", "name__zh-hans", "name__en")


@admin.register(AgentSkill)
class AgentSkillAdmin(StaffAdmin[AgentSkill]):
    """The same by row, with the day until which somebody is certified."""

    view_code = change_code = "accounts.manage"
    may_delete = True
    fields = ("user", "skill", "level", "certified_until")
    list_display = ("user", "skill", "level", "certified_until")
    list_filter = ("skill", "level")
    list_select_related = ("user", "skill")
    autocomplete_fields = ("user", "skill")
    search_fields = ("user__username", "user__display_name", "skill__key")


@dataclass(frozen=True)
class Cell:
    name: str
    label: str
    level: int


@dataclass(frozen=True)
class Row:
    user: User
    cells: tuple[Cell, ...]


def skills_view(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if not may(actor, "accounts.manage"):
        raise PermissionDenied
    skills = list(Skill.objects.visible_to(actor).active())
    people = list(
        User.objects.visible_to(actor).active().filter(role__isnull=False).select_related("vendor").order_by("username")
    )
    if request.method == "POST":
        save(request.POST, people, skills, actor)
        messages.success(request, _("Saved. It holds for the next piece of work."))
        return redirect("admin:skills")
    context = {
        **admin.site.each_context(request),
        "title": _("Who can do what"),
        "skills": skills,
        "rows": tuple(_rows(people, skills, actor)),
        "levels": LEVELS,
    }
    return TemplateResponse(request, "admin/accounts/skills.html", context)


def _rows(people: list[User], skills: list[Skill], actor: Actor) -> Iterator[Row]:
    known = AgentSkill.objects.visible_to(actor).values_list("user_id", "skill_id", "level")
    levels = {(user_id, skill_id): level for user_id, skill_id, level in known}
    for user in people:
        cells = (
            Cell(_cell_name(user, skill), f"{user}: {skill}", levels.get((user.pk, skill.pk), 0)) for skill in skills
        )
        yield Row(user, tuple(cells))


@transaction.atomic
def save(posted: Mapping[str, str], people: list[User], skills: list[Skill], actor: Actor) -> None:
    """What the page did not show, or shows as nothing that can be a level, stays as it is."""
    for user in people:
        levels = {skill: posted.get(_cell_name(user, skill), "") for skill in skills}
        chosen = {skill: int(text) for skill, text in levels.items() if text in {"0", *map(str, LEVELS)}}
        if chosen:
            set_skills(user=user, levels=chosen, by=actor)


def _cell_name(user: User, skill: Skill) -> str:
    return f"level:{user.pk}:{skill.pk}"


def add_to(site: Any) -> None:
    """`site` is our own `StaffSite`, which stands above this module."""
    site.add_page("skills/", skills_view, name="skills")
