"""Every example of the API's documentation is sent to its route, and works."""

import re

import pytest

NEEDED = {
    "firms": {"id": "f1", "name": "F One", "statements": [{"id": "s1", "text": "laser welding"}]},
    "projects": {"id": "p1", "title": "P One", "needs": [{"id": "n1", "text": "laser welding"}]},
}
VALUES = {"firm_id": "f1", "statement_id": "s1", "project_id": "p1", "need_id": "n1"}


def examples(document):
    """(method, path, example) of every JSON body that has one, in its schema or in that of a part it is made of."""
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            refs = [schema.get("$ref"), *(part.get("$ref") for part in schema.get("anyOf", []))]
            for found in [schema, *(schemas[ref.rsplit("/", 1)[1]] for ref in refs if ref)]:
                if "example" in found:
                    yield method, path, found["example"]


def test_examples_work(client):
    found = list(examples(client.get("/openapi.json").json()))
    assert {path for _, path, _ in found} >= {"/v1/firms", "/v1/projects", "/v1/match"}
    for method, path, example in found:
        for name, row in NEEDED.items():
            client.put(f"/v1/{name}/{row['id']}", json=row)
        address = re.sub(r"\{(\w+)\}", lambda mark: VALUES[mark.group(1)], path)
        body = example
        if "PUT" == method.upper() and "id" in example:
            body = {name: value for name, value in example.items() if name != "id"}
        answer = client.request(method, address, json=body)
        assert answer.status_code in (200, 201), (method, path, answer.text)


@pytest.mark.parametrize("path", ["/v1/firms", "/v1/projects/{project_id}/matches", "/v1/match", "/v1/imports"])
def test_documented_answers_name_their_errors(client, path):
    for operation in client.get("/openapi.json").json()["paths"][path].values():
        assert {"401", "403", "422", "429"} <= set(operation["responses"])
