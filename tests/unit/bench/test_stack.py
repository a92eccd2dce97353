"""What the benchmarks read from the built template."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import stack

TEMPLATE = """
Globals:
  Function:
    Layers: [{Ref: SharedLayer}]
    Environment: {Variables: {LOG_LEVEL: INFO}}
Resources:
  SharedLayer: {Type: 'AWS::Serverless::LayerVersion'}
  PhonesLayer: {Type: 'AWS::Serverless::LayerVersion'}
  HttpApiStage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {AccessLogSettings: {Format: '{"status": "$context.status"}'}}
  ApiFunction:
    Type: AWS::Serverless::Function
    Properties:
      MemorySize: 512
      Layers: [{Ref: PhonesLayer}]
      Environment: {Variables: {POWERTOOLS_SERVICE_NAME: api, TABLE: {Ref: Table}}}
"""


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    monkeypatch.setattr(stack, "BUILD", tmp_path)
    return tmp_path


def test_a_function_has_the_layers_and_variables_that_all_share_and_its_own(build: Path) -> None:
    function = stack.functions()["api"]
    assert function.import_path == [
        str(build / "ApiFunction"),
        str(build / "SharedLayer" / "python"),
        str(build / "PhonesLayer" / "python"),
    ]
    assert set(function.variables) == {"LOG_LEVEL", "POWERTOOLS_SERVICE_NAME", "TABLE"}
    assert function.memory_mb == 512


def test_all_layers_are_found(build: Path) -> None:
    assert stack.layers() == [build / "SharedLayer", build / "PhonesLayer"]


def test_the_access_log_is_its_format_with_values_of_sixteen_characters(build: Path) -> None:
    assert stack.access_log_bytes() == len('{"status": "0123456789abcdef"}')
