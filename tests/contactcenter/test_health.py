import pytest
from django.test import Client, override_settings

from contactcenter.embedded.ports import free_port


@pytest.mark.unit
def test_healthz_answers_probes_by_address_without_a_database() -> None:
    answer = Client().get("/healthz", headers={"host": "10.1.2.3"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.integration
@pytest.mark.django_db
def test_readyz_says_that_all_is_well() -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": True, "broker": True})


@pytest.mark.integration
@pytest.mark.django_db
def test_without_a_broker_it_is_ready_all_the_same() -> None:
    with override_settings(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"):
        answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded", "database": True, "broker": False})


@pytest.mark.unit
def test_pages_carry_the_strict_policy_and_the_admin_its_own() -> None:
    strict = Client().get("/nowhere/", headers={"host": "testserver"})
    policy = strict.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
