from datetime import timedelta

import pytest

from apps.accounts.models import ApiToken, User, Vendor
from apps.accounts.services.users import deactivate_user
from apps.accounts.tokens import actor_for_token, issue_token, revoke_token
from apps.core import clock
from apps.core.actor import ActorKind, Face
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.models import AuditEntry

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def issued(manager: User, acting) -> tuple[ApiToken, str]:
    return issue_token(user=manager, name="CRM", scopes=["api.use", "tickets.view"], by=acting(manager))


def test_token_acts_for_its_user_within_its_scopes(issued: tuple[ApiToken, str], manager: User) -> None:
    row, plain = issued
    actor = actor_for_token(plain, "192.0.2.1")
    assert actor is not None
    assert (actor.kind, actor.face, actor.user, actor.token_id, actor.ip) == (
        ActorKind.TOKEN,
        Face.API,
        manager,
        row.pk,
        "192.0.2.1",
    )
    assert actor.permissions == {"api.use", "tickets.view"}
    assert ApiToken.objects.get(pk=row.pk).last_used is not None


def test_only_a_hash_is_kept(issued: tuple[ApiToken, str]) -> None:
    row, plain = issued
    assert len(plain) > 43
    assert plain.startswith(row.prefix)
    stored = ApiToken.objects.get(pk=row.pk)
    assert plain.encode() not in bytes(stored.digest)
    assert plain not in repr(vars(stored))
    entry = AuditEntry.objects.get(action="token.issued")
    assert plain not in str(entry.details)


def test_two_tokens_are_never_alike(manager: User, acting) -> None:
    plains = {issue_token(user=manager, name="x", scopes=["api.use"], by=acting(manager))[1] for _ in range(5)}
    assert len(plains) == 5


@pytest.mark.parametrize(
    "presented",
    ["", " ", "\x00", "cct_", "null", "0", "cct_" + "a" * 43, "cct_密码", "cct_" + "a" * 5000, "%20"],
)
def test_what_was_never_issued_acts_for_nobody(issued: tuple[ApiToken, str], presented: str) -> None:
    assert actor_for_token(presented) is None


def test_nothing_near_a_token_acts_for_anybody(issued: tuple[ApiToken, str]) -> None:
    _, plain = issued
    for near in (plain[:-1], plain + "a", plain.upper(), " " + plain, plain.removeprefix("cct_")):
        assert actor_for_token(near) is None


def test_token_ends_with_its_time_its_revocation_its_user_and_their_vendor(
    issued: tuple[ApiToken, str], manager: User, agent: User, acting
) -> None:
    row, plain = issued
    assert actor_for_token(plain) is not None

    ApiToken.objects.filter(pk=row.pk).update(expires=clock.now() - timedelta(seconds=1))
    assert actor_for_token(plain) is None
    ApiToken.objects.filter(pk=row.pk).update(expires=clock.now() + timedelta(days=1))

    manager.vendor = Vendor.objects.create(key="off", is_active=False)
    manager.save()
    assert actor_for_token(plain) is None
    manager.vendor = None
    manager.save()

    manager.role.permissions = ["tickets.view"]
    manager.role.save()
    assert actor_for_token(plain) is None
    manager.role.permissions = ["tickets.view", "api.use", "accounts.manage"]
    manager.role.save()
    assert actor_for_token(plain) is not None

    revoke_token(token=row, by=acting(manager))
    assert actor_for_token(plain) is None
    assert AuditEntry.objects.filter(action="token.revoked").count() == 1


def test_leaving_revokes_the_tokens(issued: tuple[ApiToken, str], manager: User, acting) -> None:
    from tests.factories.accounts import UserFactory

    deactivate_user(user=manager, by=acting(UserFactory(role="manager")))
    assert actor_for_token(issued[1]) is None
    manager.is_active = True
    manager.save()
    assert actor_for_token(issued[1]) is None


@pytest.mark.parametrize("who", ["agent", "supervisor", "outsourcing_agent"])
def test_issuing_needs_the_right(cast: dict[str, User], who: str, acting) -> None:
    with pytest.raises(PermissionRefused):
        issue_token(user=cast[who], name="x", scopes=["api.use"], by=acting(cast[who]))
    assert not ApiToken.objects.exists()


def test_others_tokens_are_not_there_to_be_revoked(issued: tuple[ApiToken, str], agent: User, acting) -> None:
    with pytest.raises(NotVisible):
        revoke_token(token=issued[0], by=acting(agent))
    assert ApiToken.objects.get().revoked is None


def test_unknown_scopes_and_endless_lives_are_refused(manager: User, acting) -> None:
    for scopes, expires in (
        (["no.such"], None),
        (["api.use"], clock.now() + timedelta(days=4000)),
        (["api.use"], clock.now() - timedelta(days=1)),
    ):
        with pytest.raises(InvalidInput):
            issue_token(user=manager, name="x", scopes=scopes, by=acting(manager), expires=expires)
    assert not ApiToken.objects.exists()


def test_last_use_is_not_written_with_every_request(issued: tuple[ApiToken, str], django_assert_num_queries) -> None:
    actor_for_token(issued[1])
    with django_assert_num_queries(1):
        actor_for_token(issued[1])
