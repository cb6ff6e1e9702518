"""The schema is complete, free of warnings, and its page works under the strict policy without the network."""

import re

import pytest
import yaml
from django.core.management import call_command
from django.utils import translation
from django.utils.translation import gettext
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

pytestmark = pytest.mark.integration
METHODS = {"get", "post", "put", "patch", "delete"}
SECRETS = re.compile(r"password|secret|digest|token|_index$|session|signature|storage_key", re.IGNORECASE)


@pytest.fixture(scope="module")
def schema():
    GENERATOR_STATS.reset()
    generated = SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS
    return generated


def operations(schema):
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield f"{method} {path}", operation


def test_it_is_valid(schema):
    validate_schema(schema)


def test_every_operation_is_described_and_shown(schema):
    for name, operation in operations(schema):
        assert operation.get("summary"), name
        assert operation.get("description"), name
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [response for code, response in operation["responses"].items() if code != "default"]
        for body in bodies:
            for media_type, content in body.get("content", {}).items():
                if media_type != "application/json":  # of files there are no examples
                    continue
                assert content.get("examples"), f"{name} {media_type}"


def test_every_operation_tells_its_refusals(schema):
    for name, operation in operations(schema):
        assert "application/problem+json" in operation["responses"]["default"]["content"], name


def test_every_post_takes_an_idempotency_key(schema):
    for name, operation in operations(schema):
        names = {parameter["name"] for parameter in operation.get("parameters", ())}
        assert ("Idempotency-Key" in names) == name.startswith("post "), name


def test_operations_have_names_of_their_own(schema):
    names = [operation["operationId"] for _name, operation in operations(schema)]
    assert len(names) == len(set(names)) > 50


def test_no_answer_has_a_secret(schema):
    """Bad input 79 and 80."""
    for name, component in schema["components"]["schemas"].items():
        for field in component.get("properties", {}):
            assert not SECRETS.search(field), f"{name}.{field}"


def test_examples_fit_their_schema(schema):
    """An example with a member that the schema lacks would teach something wrong."""
    components = schema["components"]["schemas"]
    for name, operation in operations(schema):
        for response in operation["responses"].values():
            content = response.get("content", {}).get("application/json")
            if not content or "$ref" not in content["schema"]:
                continue
            shape = components[content["schema"]["$ref"].rpartition("/")[2]]
            for example in content["examples"].values():
                value = example["value"]
                assert set(value) == set(shape["properties"]), name


def test_the_command_finds_no_fault(tmp_path):
    call_command("spectacular", file=str(tmp_path / "schema.yaml"), validate=True, fail_on_warn=True)


def test_it_is_served_to_whoever_may_use_the_api(api, manager, client):
    response = api(manager).get("schema/")

    assert response.status_code == 200
    assert yaml.safe_load(response.content)["info"]["version"] == "1.0.0"
    assert client.get("/api/v1/schema/").status_code == 401


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_it_speaks_both_languages(api, manager, language):
    body = yaml.safe_load(api(manager).get("schema/", lang=language).content)

    with translation.override(language):
        assert body["info"]["title"] == gettext("Contact center API")
        assert body["paths"]["/api/v1/tickets/"]["get"]["summary"] == gettext("List tickets")


def test_the_page_loads_only_what_is_ours(client, manager):
    client.force_login(manager)

    response = client.get("/api/v1/docs/")

    page = response.content.decode()
    assert response.status_code == 200
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert address.startswith("/"), address
        if address.startswith("/static/"):
            file = client.get(address)
            assert file.status_code == 200, address
            file.close()
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page)


def test_the_page_asks_to_sign_in(client, db):
    response = client.get("/api/v1/docs/")

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/sign-in/")
