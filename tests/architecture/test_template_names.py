"""What the code and the template call by a name is called the same in both."""

import json
import re

import pytest

from recado import stream_events
from recado.adapters.dynamodb import keys
from tests.architecture.cloudformation import (
    ROOT,
    environment,
    functions,
    properties,
    streams,
    template,
)
from tests.cloud import DIRECTORY_INDEXES, INDEXES

FUNCTIONS = sorted(functions())
MOST_LAYERS = 5
READ_BY_POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "LOG_LEVEL"}


def camel_case(name: str) -> str:
    """`api_key` as `ApiKey`."""
    return "".join(word.title() for word in name.split("_"))


def test_every_function_has_its_folder_and_every_folder_its_function() -> None:
    handlers = {path.parent.name for path in ROOT.glob("functions/*/handler.py")}
    code = {name: function["CodeUri"] for name, function in functions().items()}
    assert code == {f"{camel_case(name)}Function": f"functions/{name}" for name in handlers}


def test_every_layer_has_its_requirements_and_every_requirements_file_its_layer() -> None:
    layers = properties("Serverless::LayerVersion")
    of_libraries = {path.parent.name for path in ROOT.glob("layers/*/requirements.txt")}
    assert {name: layer["ContentUri"] for name, layer in layers.items()} == {
        "SharedLayer": "shared",
        **{f"{camel_case(name)}Layer": f"layers/{name}" for name in of_libraries},
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_the_layers_that_lambda_allows(name: str) -> None:
    of_all = template()["Globals"]["Function"]["Layers"]
    used = [layer["Ref"] for layer in [*of_all, *functions()[name].get("Layers", [])]]
    assert len(used) == len(set(used)) <= MOST_LAYERS
    assert set(used) <= set(properties("Serverless::LayerVersion"))


def test_the_code_reads_exactly_the_variables_that_the_template_gives() -> None:
    source = (ROOT / "shared" / "recado" / "config.py").read_text(encoding="utf-8")
    needed = set(re.findall(r"_get\(\"([A-Z_]+)\"\)", source))
    if_there = set(re.findall(r"environment\.get\(\"([A-Z_]+)\"\)", source))
    given = {variable for function in functions().values() for variable in environment(function)}
    assert needed == given - READ_BY_POWERTOOLS - if_there


@pytest.mark.parametrize("name", sorted(template()["Outputs"]))
def test_an_output_bears_the_value_of_the_variable_that_it_is_named_after(name: str) -> None:
    variable = re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()
    values = [
        environment(function)[variable]
        for function in functions().values()
        if variable in environment(function)
    ]
    assert all(value == template()["Outputs"][name]["Value"] for value in values)


@pytest.mark.parametrize(
    ("reader", "kinds"),
    [
        ("EventPublisherFunction", frozenset(stream_events._KINDS)),
        ("NotificationCounterFunction", frozenset({keys.META})),
    ],
)
def test_a_stream_lets_pass_the_rows_that_its_reader_knows(
    reader: str, kinds: frozenset[str]
) -> None:
    passed = {
        json.dumps(kind)
        for stream in streams(functions()[reader]).values()
        for one in stream["FilterCriteria"]["Filters"]
        for kind in json.loads(one["Pattern"])["dynamodb"]["Keys"]["sk"]["S"]
    }
    known = {json.dumps({"prefix": kind} if kind.endswith("#") else kind) for kind in kinds}
    assert passed == known


def test_every_reader_of_a_stream_is_looked_at() -> None:
    readers = {name for name, function in functions().items() if streams(function)}
    assert readers == {"EventPublisherFunction", "NotificationCounterFunction"}


def test_the_tables_of_the_tests_have_the_templates_keys_and_indexes() -> None:
    described = properties("DynamoDB::Table")
    for logical_id, indexes in (
        ("NotificationsTable", INDEXES),
        ("DirectoryTable", DIRECTORY_INDEXES),
    ):
        assert {
            index["IndexName"]: tuple(key["AttributeName"] for key in index["KeySchema"])
            for index in described[logical_id]["GlobalSecondaryIndexes"]
        } == {name: tuple(filter(None, attributes)) for name, attributes in indexes.items()}
