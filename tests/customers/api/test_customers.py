import pytest

from apps.core.models import AuditEntry, Event
from apps.customers.models import Customer, CustomerNote, Identity
from tests.factories.customers import (
    CustomerFactory,
    CustomerNoteFactory,
    IdentityFactory,
    OrganizationFactory,
    TagFactory,
)
from tests.factories.tickets import QueueFactory, TicketFactory, grant
from tests.tickets.api.test_tickets import count_queries

pytestmark = pytest.mark.integration


@pytest.fixture
def customer(db) -> Customer:
    return CustomerFactory(name="林小雨", phone="+8613800138000", email="lin@example.com")


def test_list_and_show(api, manager, customer):
    customer.organization = OrganizationFactory(name="示例科技")
    customer.save()
    customer.tags.add(TagFactory(key="wholesale"))
    client = api(manager)

    (row,) = client.get("customers/").json()["results"]

    assert row == client.get(f"customers/{customer.public_id}/").json()
    assert (row["id"], row["name"], row["tags"]) == (customer.public_id, "林小雨", ["wholesale"])
    assert row["organization"] == {"id": customer.organization.public_id, "name": "示例科技"}
    assert [(identity["kind"], identity["value"]) for identity in row["identities"]] == [
        ("phone", "+8613800138000"),
        ("email", "lin@example.com"),
    ]
    assert AuditEntry.objects.filter(action="customer.viewed", subject_id=customer.pk).count() == 1


def test_filters_and_merged_records(api, manager):
    vip, other = CustomerFactory(level="vip"), CustomerFactory()
    merged = CustomerFactory(merged_into=vip)
    organization = OrganizationFactory()
    other.organization = organization
    other.save()
    client = api(manager)

    def ids(**query: str) -> list[str]:
        return [row["id"] for row in client.get("customers/", sort="created", **query).json()["results"]]

    assert ids() == [vip.public_id, other.public_id]
    assert ids(level="vip,gold") == [vip.public_id]
    assert ids(organization=organization.public_id) == [other.public_id]
    assert ids(organization="A" * 22) == []
    assert client.get(f"customers/{merged.public_id}/").json()["merged_into"] == vip.public_id


@pytest.mark.parametrize("name", ["name", "name__startswith", "identities__value", "phone", "search", "ordering"])
def test_personal_columns_are_no_filters(api, manager, customer, name):
    """Bad input 75 and 81."""
    response = api(manager).get("customers/", **{name: "林"})

    assert (response.status_code, response.json()["code"]) == (400, "api.unknown_parameter")


def test_create(api, manager):
    TagFactory(key="wholesale")
    organization = OrganizationFactory()
    body = {
        "name": "李娜",
        "level": "gold",
        "language": "zh-hans",
        "time_zone": "Asia/Shanghai",
        "organization": organization.public_id,
        "tags": ["wholesale"],
        "identities": [{"kind": "phone", "value": "138 0000 0001"}, {"kind": "email", "value": "Li.Na@Example.com"}],
    }

    response = api(manager).post("customers/", body)

    assert response.status_code == 201
    row = response.json()
    assert [identity["value"] for identity in row["identities"]] == ["+8613800000001", "li.na@example.com"]
    customer = Customer.objects.get()
    assert (customer.name, customer.level, customer.organization) == ("李娜", "gold", organization)
    assert response["Location"].endswith(f"/api/v1/customers/{customer.public_id}/")
    assert set(Event.objects.values_list("face", flat=True)) == {"api"}


def test_a_handle_that_is_taken_is_refused_alike_seen_or_unseen(api, agent, manager, customer):
    """Bad input 55: an agent who cannot see the owner learns no more than one who can."""
    body = {"name": "X", "identities": [{"kind": "email", "value": "lin@example.com"}]}

    answers = [api(user).post("customers/", body) for user in (agent, manager)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
    assert Customer.objects.count() == 1


def test_update_with_the_version_that_was_seen(api, manager, customer):
    client, address = api(manager), f"customers/{customer.public_id}/"
    seen = client.get(address)["ETag"]

    changed = client.patch(address, {"level": "vip"}, If_Match=seen)
    assert (changed.status_code, changed.json()["level"]) == (200, "vip")
    stale = client.patch(address, {"level": "gold"}, If_Match=seen)

    assert stale.status_code == 412
    (change,) = stale.json()["changes"]
    assert (change["field"], change["current"], change["yours"]) == ("level", "vip", "gold")
    assert Customer.objects.get().level == "vip"


def test_only_declared_fields_can_be_written(api, manager, customer):
    for name in ("id", "version", "merged_into", "created", "name_index", "tickets", "identities", "notes"):
        response = api(manager).patch(f"customers/{customer.public_id}/", {name: None})
        assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "unknown_field"), name


def test_identities(api, manager, customer):
    client, address = api(manager), f"customers/{customer.public_id}/identities/"

    added = client.post(address, {"kind": "email", "value": "second@example.com"})
    assert added.status_code == 201
    bad = client.post(address, {"kind": "phone", "value": "abc"})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "value")
    unknown = client.post(address, {"kind": "pigeon", "value": "abc"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "kind")
    assert client.delete(f"{address}{added.json()['id']}/").status_code == 204
    assert client.delete(f"{address}{added.json()['id']}/").status_code == 404
    assert len(client.get(address).json()["results"]) == 2


def test_an_identity_of_another_customer_cannot_be_removed_through_this_one(api, manager, customer):
    """Bad input 64: two ids in one address that do not belong together."""
    other = IdentityFactory()

    response = api(manager).delete(f"customers/{customer.public_id}/identities/{other.public_id}/")

    assert response.status_code == 404
    assert Identity.objects.filter(pk=other.pk).exists()


def test_look_up_by_exact_value(api, manager, customer):
    client = api(manager)

    (row,) = client.get("identities/", kind="phone", value="138 0013 8000").json()["results"]
    assert row["customer"] == customer.public_id
    assert client.get("identities/", kind="phone", value="13800138001").json()["results"] == []
    assert client.get("identities/", kind="phone").status_code == 400
    assert client.get("identities/", kind="phone", value="x").status_code == 422
    assert client.get("identities/", kind="phone", value="1", tail="8000").status_code == 400


def test_look_up_finds_nobody_out_of_sight_and_shows_masked_values(
    api, stranger, outsourcing_agent, vendor_team, customer
):
    """Bad input 53."""
    from tests.factories.channels import ChannelFactory

    queue, channel = QueueFactory(), ChannelFactory()
    grant(vendor_team, queue, channel)
    TicketFactory(queue=queue, channel=channel, customer=customer)

    hidden = api(stranger).get("identities/", kind="phone", value="13800138000").json()
    masked = api(outsourcing_agent).get("identities/", kind="phone", value="13800138000").json()["results"]

    assert hidden == {"results": []}
    assert "13800138000" not in masked[0]["value"]


def test_notes(api, manager, agent, customer):
    client, address = api(manager), f"customers/{customer.public_id}/notes/"

    note = client.post(address, {"body": "Calls in the morning.", "is_pinned": True})
    assert note.status_code == 201
    assert [row["body"] for row in client.get(address).json()["results"]] == ["Calls in the morning."]
    assert client.delete(f"{address}{note.json()['id']}/").status_code == 204
    assert not CustomerNote.objects.exists()


def test_notes_are_masked_with_what_is_known_of_the_customer(api, outsourcing_agent, vendor_team, customer):
    from tests.factories.channels import ChannelFactory

    queue, channel = QueueFactory(), ChannelFactory()
    grant(vendor_team, queue, channel)
    TicketFactory(queue=queue, channel=channel, customer=customer)
    CustomerNoteFactory(customer=customer, body="林小雨 prefers 13800138000.")

    told = api(outsourcing_agent).get(f"customers/{customer.public_id}/notes/").content.decode()

    assert "林小雨" not in told
    assert "13800138000" not in told


def test_organizations(api, manager):
    client = api(manager)
    created = client.post("organizations/", {"name": "示例科技", "level": "gold"})
    assert created.status_code == 201
    address = f"organizations/{created.json()['id']}/"

    changed = client.patch(address, {"note": "Pays late."}, If_Match=created["ETag"])
    assert (changed.status_code, changed.json()["note"]) == (200, "Pays late.")
    assert client.patch(address, {"note": "x"}, If_Match=created["ETag"]).status_code == 412
    assert [row["name"] for row in client.get("organizations/", level="gold").json()["results"]] == ["示例科技"]
    assert client.patch(address, {"name": ""}).status_code == 400


def test_tags(api, agent):
    TagFactory(key="a", target="tickets")
    TagFactory(key="b", target="customers")

    assert [row["key"] for row in api(agent).get("tags/").json()["results"]] == ["a", "b"]
    assert [row["key"] for row in api(agent).get("tags/", target="customers").json()["results"]] == ["b"]


CASES = [("get", "", None), ("patch", "", {"level": "vip"}), ("get", "identities/", None), ("get", "notes/", None)]
CASES += [("post", "identities/", {"kind": "email", "value": "n@example.com"}), ("post", "notes/", {"body": "x"})]


@pytest.mark.parametrize(("method", "part", "body"), CASES)
def test_a_customer_out_of_sight_is_absent(api, stranger, customer, method, part, body):
    TicketFactory(customer=customer)
    before = (Customer.objects.get().version, Identity.objects.count(), CustomerNote.objects.count())
    call = getattr(api(stranger), method)

    hidden, absent = (
        call(f"customers/{public_id}/{part}", **({} if method == "get" else {"body": body}))
        for public_id in (customer.public_id, "A" * 22)
    )

    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["code"] == absent.json()["code"]
    assert (Customer.objects.get().version, Identity.objects.count(), CustomerNote.objects.count()) == before


@pytest.mark.parametrize(("method", "part", "body"), [case for case in CASES if case[0] != "get"])
def test_a_token_that_only_reads_cannot_write(api, manager, customer, method, part, body):
    client = api(manager, scopes=["customers.view", "tickets.view", "tickets.view_all"])

    response = getattr(client, method)(f"customers/{customer.public_id}/{part}", body)

    assert (response.status_code, response.json()["code"]) == (403, "core.permission_refused")


def test_three_customers_cost_as_much_as_one(api, manager):
    client = api(manager)
    CustomerFactory(phone="+8613800138001", organization=OrganizationFactory()).tags.add(TagFactory())
    client.get("customers/")
    one = count_queries(client, "customers/")
    for number in (2, 3):
        row = CustomerFactory(phone=f"+861380013800{number}", organization=OrganizationFactory())
        row.tags.add(TagFactory())

    assert count_queries(client, "customers/") == one <= 7


# --- Merging


def test_merge_joins_two_records_and_is_undone(api, supervisor):
    one, two = CustomerFactory(email="lin@example.com"), CustomerFactory(phone="+8613800138000")
    CustomerNoteFactory(customer=two, author=supervisor, body="Prefers mail.")
    ticket = TicketFactory(customer=two)
    client, address = api(supervisor), f"customers/{two.public_id}/merge/"

    def held() -> tuple[set[str], int, list[int]]:
        here = f"customers/{one.public_id}"
        identities = client.get(f"{here}/identities/").json()["results"]
        tickets = client.get("tickets/", customer=one.public_id).json()["results"]
        return (
            {row["value"] for row in identities},
            len(client.get(f"{here}/notes/").json()["results"]),
            [row["number"] for row in tickets],
        )

    answer = client.post(address, {"into": one.public_id})

    assert (answer.status_code, answer.json()["id"]) == (200, one.public_id)
    assert held() == ({"lin@example.com", "+8613800138000"}, 1, [ticket.number])
    assert client.get(f"customers/{two.public_id}/").json()["merged_into"] == one.public_id
    assert [row["id"] for row in client.get("customers/").json()["results"]] == [one.public_id]
    assert AuditEntry.objects.filter(action="customer.merged", subject_id=one.pk).count() == 1
    assert client.post(address, {"into": one.public_id}).json()["code"] == "customers.merge_refused"

    assert client.delete(address).status_code == 204
    assert held() == ({"lin@example.com"}, 0, [])
    assert client.delete(address).json()["code"] == "customers.not_merged"
    assert list(Event.objects.order_by("id").values_list("kind", flat=True))[-2:] == [
        "customer.merged",
        "customer.unmerged",
    ]


def test_merge_is_refused_across_scopes_and_without_the_right(api, agent, team):
    queue, hidden_queue = QueueFactory(), QueueFactory()
    grant(team, queue)
    seen, other = (TicketFactory(queue=queue, customer=CustomerFactory()).customer for _ in range(2))
    hidden = TicketFactory(queue=hidden_queue, customer=CustomerFactory()).customer

    without = api(agent).post(f"customers/{seen.public_id}/merge/", {"into": other.public_id})
    agent.role.permissions = [*agent.role.permissions, "customers.merge"]
    agent.role.save()
    client = api(agent)
    into_hidden = client.post(f"customers/{seen.public_id}/merge/", {"into": hidden.public_id})
    of_hidden = client.post(f"customers/{hidden.public_id}/merge/", {"into": seen.public_id})

    assert [answer.status_code for answer in (without, into_hidden, of_hidden)] == [403, 400, 404]
    assert not Customer.objects.filter(merged_into__isnull=False).exists()
    assert not Event.objects.filter(kind="customer.merged").exists()
    assert client.post(f"customers/{seen.public_id}/merge/", {"into": other.public_id}).status_code == 200
