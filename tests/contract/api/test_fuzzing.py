"""Whatever is sent, the API answers as its document says, and never with a fault of its own."""

from __future__ import annotations

import pytest
import schemathesis

from tests import fuzzing
from tests.cloud import Cloud
from tests.gateway import Gateway


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_every_answer_is_one_that_the_document_has(seeded: Cloud) -> None:
    schema = schemathesis.openapi.from_wsgi(
        "/api/schema/",
        Gateway(seeded),
        config=fuzzing.configuration(
            api_key=seeded.api_key,
            internal_secret="s3cret",
            tenant_id="talleres-andinos",
            phase=fuzzing.SYSTEMATIC,
        ),
    )
    found = fuzzing.ask_for_everything(schema)
    assert found.faults == []
    assert len(found.succeeded) > 0.8 * len(found.asked)
