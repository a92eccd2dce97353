"""Fetching people's files: what is kept, what is not, and what comes again."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from recado.domain.errors import AccountError
from recado.domain.media import (
    MEGABYTE,
    MediaExpiredError,
    MediaLimits,
    MediaRefusedError,
    MediaStatus,
    MediaTask,
    MediaUnavailableError,
    StoredMedia,
)
from recado.ports.media import FetchedMedia
from recado.services.fetch_media import FetchMedia
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.media import FakeInboundMedia, FakeMediaSources, FakeMediaStore
from tests.workshop import ACCOUNTS, TENANT

JPEG = b"\xff\xd8\xff\xe0 a picture"
ACCOUNT = ACCOUNTS[0]


@dataclass
class Workbench:
    """The service over fakes."""

    configuration: FakeConfiguration = field(default_factory=FakeConfiguration)
    sources: FakeMediaSources = field(default_factory=FakeMediaSources)
    store: FakeMediaStore = field(default_factory=FakeMediaStore)
    results: FakeInboundMedia = field(default_factory=FakeInboundMedia)

    def __post_init__(self) -> None:
        self.configuration.put_tenant(TENANT)
        self.configuration.put_account(ACCOUNT)

    def fetch(self, *tasks: MediaTask) -> set[str]:
        service = FetchMedia(
            configuration=self.configuration,
            sources=self.sources,
            store=self.store,
            results=self.results,
            clock=FakeClock(),
            limits=MediaLimits(),
        )
        return service({f"m{number}": task for number, task in enumerate(tasks)})

    @property
    def result(self) -> StoredMedia:
        (result,) = self.results.results.values()
        return result


@pytest.fixture
def bench() -> Workbench:
    return Workbench()


def task(*, index: int = 0, account_id: str = ACCOUNT.account_id, **media: str) -> MediaTask:
    return MediaTask.model_validate(
        {
            "tenant_id": TENANT.tenant_id,
            "message_id": "msg_1",
            "index": index,
            "account_id": account_id,
            "provider": ACCOUNT.provider,
            "media": {"mime_type": "image/jpeg", "media_id": "1", **media},
        }
    )


def test_a_file_is_stored_and_recorded(bench: Workbench) -> None:
    bench.sources.answer = FetchedMedia(JPEG, "image/jpeg")
    assert bench.fetch(task(index=1, file_name="motor.jpeg")) == set()
    digest = hashlib.sha256(JPEG).hexdigest()
    key = f"media/{TENANT.tenant_id}/msg_1/1-{digest[:32]}.jpg"
    assert bench.store.files == {key: (JPEG, "image/jpeg", "motor.jpg")}
    assert bench.results.results[TENANT.tenant_id, "msg_1", 1] == StoredMedia(
        status=MediaStatus.STORED,
        key=key,
        size=len(JPEG),
        mime_type="image/jpeg",
        sha256=digest,
        file_name="motor.jpg",
        expires_at=NOON + timedelta(days=TENANT.retention_days),
    )


def test_a_file_is_stored_as_what_it_is_and_not_as_what_it_claims(bench: Workbench) -> None:
    bench.sources.answer = FetchedMedia(b"%PDF-1.7 ...", "image/jpeg")
    bench.fetch(task())
    assert bench.result.mime_type == "application/pdf"
    assert bench.result.key is not None
    assert bench.result.key.endswith(".pdf")


@pytest.mark.parametrize("claimed", ["application/octet-stream", "text/*", ""])
def test_the_providers_answer_tells_the_type_where_the_webhook_did_not(
    bench: Workbench, claimed: str
) -> None:
    bench.sources.answer = FetchedMedia(b"a;b", "text/csv; charset=utf-8")
    bench.fetch(task(mime_type=claimed))
    assert bench.result.mime_type == "text/csv"


def test_a_file_fetched_twice_is_kept_once(bench: Workbench) -> None:
    bench.sources.answer = FetchedMedia(JPEG, "image/jpeg")
    bench.fetch(task())
    first = bench.result
    bench.sources.answer = MediaExpiredError("http_404")
    assert bench.fetch(task()) == set()
    assert bench.result == first
    assert len(bench.store.files) == 1


@pytest.mark.parametrize(
    ("answer", "media", "reason"),
    [
        (FetchedMedia(b"MZ program", "application/pdf"), {}, "type_refused"),
        (FetchedMedia(b"<html>", "text/html"), {"mime_type": "text/plain"}, "type_refused"),
        (FetchedMedia(b"%PDF-1.7", "x/y"), {"sha256": "0" * 64}, "sha256_mismatch"),
        (FetchedMedia(JPEG + b"x" * 5 * MEGABYTE), {"mime_type": "video/mp4"}, "too_large"),
        (MediaRefusedError("private_host"), {}, "private_host"),
    ],
)
def test_a_file_that_is_not_wanted_is_refused_for_good(
    bench: Workbench, answer: FetchedMedia | Exception, media: dict[str, str], reason: str
) -> None:
    bench.sources.answer = answer
    assert bench.fetch(task(**media)) == set()
    assert (bench.result.status, bench.result.reason) == (MediaStatus.REFUSED, reason)
    assert bench.store.files == {}


@pytest.mark.parametrize("claimed", ["text/html", "image/svg+xml; x=y", "Application/X-MSDownload"])
def test_a_file_that_claims_to_be_dangerous_is_not_even_fetched(
    bench: Workbench, claimed: str
) -> None:
    assert bench.fetch(task(mime_type=claimed)) == set()
    assert bench.sources.asked == []
    assert bench.result.reason == "type_refused"


def test_a_file_that_the_provider_no_longer_has_is_recorded_as_expired(bench: Workbench) -> None:
    bench.sources.answer = MediaExpiredError("http_404")
    assert bench.fetch(task()) == set()
    assert (bench.result.status, bench.result.reason) == (MediaStatus.EXPIRED, "http_404")


@pytest.mark.parametrize(
    "error", [MediaUnavailableError("http_503"), AccountError("http_401"), OSError("store is down")]
)
def test_a_file_that_may_come_later_stays_in_its_queue(bench: Workbench, error: Exception) -> None:
    bench.sources.answer = error
    assert bench.fetch(task()) == {"m0"}
    assert bench.results.results == {}


def test_one_file_that_fails_leaves_the_others_alone(bench: Workbench) -> None:
    bench.sources.answer = FetchedMedia(JPEG, "image/jpeg")
    assert bench.fetch(task(), task(account_id="gone", index=1), task(index=2)) == set()
    states = [result.status for result in bench.results.results.values()]
    assert states == [MediaStatus.STORED, MediaStatus.REFUSED, MediaStatus.STORED]


def test_a_file_of_an_account_that_was_removed_is_refused(bench: Workbench) -> None:
    assert bench.fetch(task(account_id="gone")) == set()
    assert bench.result.reason == "account_removed"


def test_the_claimed_type_limits_what_is_read(bench: Workbench) -> None:
    bench.sources.answer = FetchedMedia(JPEG)
    bench.fetch(task(), task(mime_type="application/pdf", index=1))
    assert [limit for _, limit in bench.sources.asked] == [5 * MEGABYTE, 25 * MEGABYTE]


def test_the_log_names_neither_the_file_nor_its_address(
    bench: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    address = "https://files.example.com/secret-token"
    for error in (OSError(address), MediaRefusedError("too_large")):
        bench.sources.answer = error
        with caplog.at_level(logging.DEBUG):
            bench.fetch(task(url=address, file_name="ana.jpg"))
    text = " ".join(str(vars(record)) for record in caplog.records)
    assert "too_large" in text
    assert "secret-token" not in text
    assert "ana" not in text
