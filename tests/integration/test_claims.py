"""Claims: what no queue takes is kept elsewhere, and comes back as it was."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recado.adapters.claims import LARGEST_BODY, PREFIX, S3Claims
from recado.ports.claims import ClaimNotRedeemedError

BUCKET = "recado-media"


@pytest.fixture
def s3(aws: None) -> Any:
    """A client of S3 with the bucket in it."""
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def claims(s3: Any) -> S3Claims:
    return S3Claims(lambda: s3, BUCKET)


def names(s3: Any) -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def without_s3() -> Any:
    raise AssertionError("S3 was not needed")


@pytest.mark.parametrize("text", ["{}", '{"text":"Sí, ahí estaré 👋"}', "a" * LARGEST_BODY])
def test_what_a_queue_takes_is_its_own_body_and_needs_no_s3(text: str) -> None:
    claims = S3Claims(without_s3, BUCKET)

    assert claims.redeem(claims.body(text)) == claims.body(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "a" * (LARGEST_BODY + 1),
        "í" * (LARGEST_BODY // 2 + 1),
        "what SQS refuses: \ufffe",
        "what SQS refuses: \uffff",
        "half of a pair: \ud83d",
    ],
)
def test_what_no_queue_takes_comes_back_whole(s3: Any, claims: S3Claims, text: str) -> None:
    body = claims.body(text)

    assert json.loads(body) == {"claim": names(s3)[0]}
    assert names(s3)[0].startswith(PREFIX)
    assert claims.redeem(body) == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(text=st.text(alphabet=st.characters(codec=None)))
def test_any_text_comes_back_whole(claims: S3Claims, text: str) -> None:
    assert claims.redeem(claims.body(text)) == text


def test_the_same_text_again_is_kept_once(s3: Any, claims: S3Claims) -> None:
    text = "a" * (LARGEST_BODY + 1)

    assert claims.body(text) == claims.body(text)
    assert len(names(s3)) == 1


def test_a_claim_to_what_is_gone_is_not_redeemed(s3: Any, claims: S3Claims) -> None:
    body = claims.body("a" * (LARGEST_BODY + 1))
    s3.delete_object(Bucket=BUCKET, Key=names(s3)[0])

    with pytest.raises(ClaimNotRedeemedError):
        claims.redeem(body)


@pytest.mark.parametrize(
    "body", ['{"claim":"media/x"}', '{"claim":"claims/../media/x"}', '{"claim": 1}', ""]
)
def test_what_only_looks_like_a_claim_opens_nothing(body: str) -> None:
    assert S3Claims(without_s3, BUCKET).redeem(body) == body
