"""What is told when the API does not do what it was asked."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.unit.cli.running import KEY, NOTIFICATION, answer_with, run


def problem(status: int, **fields: object) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, json={"status": status, **fields})


def raising(error: httpx.HTTPError) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            problem(401, code="unauthenticated", detail="the API key is not valid"),
            "The API refused: the API key is not valid (unauthenticated). "
            "Set RECADO_API_KEY to a key that `recado keys create` printed.",
        ),
        (
            problem(404, code="not_found", detail="no such notification"),
            "The API refused: no such notification (not_found).",
        ),
        (
            problem(
                422,
                code="invalid",
                detail="invalid: phase_id",
                errors=[{"field": "phase_id", "code": "missing", "message": "Field required"}],
            ),
            "The API refused: invalid: phase_id (invalid); phase_id: Field required.",
        ),
        (
            problem(
                404,
                code="not_found",
                detail="no customer 'x'",
                errors=[
                    {"field": "customer_id", "code": "not_found", "message": "no customer 'x'"}
                ],
            ),
            "The API refused: no customer 'x' (not_found); customer_id.",
        ),
        (lambda _: httpx.Response(502, text="<html>"), "The API answered HTTP 502."),
        (lambda _: httpx.Response(403, json={"message": "Forbidden"}), "answered HTTP 403."),
        (lambda _: httpx.Response(200, text="<html>"), "answered no JSON object."),
        (
            raising(httpx.ConnectError("refused")),
            "https://recado.example.com does not answer (ConnectError). Check RECADO_URL;",
        ),
        (raising(httpx.ConnectTimeout("slow")), "does not answer (ConnectTimeout)."),
        (raising(httpx.ReadTimeout("slow")), "gave no answer (ReadTimeout).\n"),
        (raising(httpx.ReadError("dropped")), "gave no answer (ReadError).\n"),
    ],
)
def test_a_refusal_is_one_sentence_with_the_mend(
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[httpx.Request], httpx.Response],
    told: str,
) -> None:
    answer_with(monkeypatch, answer)

    result = run("timeline", NOTIFICATION)

    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr
    assert KEY not in result.output


SEND = ("send", "--customer", "c", "--service-type", "s", "--phase", "p")


@pytest.mark.parametrize(
    ("arguments", "is_repeatable"), [(SEND, True), (("customers", "erase", "c", "--yes"), False)]
)
def test_what_may_have_been_done_is_told_and_only_a_send_is_to_be_repeated(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], is_repeatable: bool
) -> None:
    answer_with(monkeypatch, raising(httpx.ReadTimeout("slow")))

    result = run(*arguments)

    assert result.exit_code == 1
    assert "may have been done." in result.stderr
    assert ("Repeat `recado send`" in result.stderr) == is_repeatable


@pytest.mark.parametrize("url", ["recado.example.com", "ftp://recado.example.com", "http://"])
def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("RECADO_URL", url)
    monkeypatch.setenv("RECADO_API_KEY", KEY)

    result = run("timeline", NOTIFICATION)

    assert result.exit_code == 1
    assert "RECADO_URL is no http(s) address." in result.stderr
