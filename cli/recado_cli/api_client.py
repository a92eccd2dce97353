"""The deployment's HTTP API, with refusals in the API's own words."""

from __future__ import annotations

from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from recado_cli import settings
from recado_cli.refusals import Refusal

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 35.0
"""The HTTP API itself gives up after 30 seconds."""

NOTIFICATIONS = "/api/v1/notifications"

SEND_AGAIN = "Repeat `recado send` with an --idempotency-key: then it happens once."


class ApiRefusal(Refusal):
    """The API answered no success, but the HTTP status `status`."""

    def __init__(self, status: int, problem: str, mend: str = "") -> None:
        super().__init__(problem, mend)
        self.status = status


class ApiClient:
    """Calls the API with one key.

    Every method raises `ApiRefusal` when the API answers no success, and `Refusal` when it gives
    no answer that could be read.
    """

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL:
            address = httpx.URL("")
        if address.scheme not in ("http", "https") or not address.host:
            raise Refusal("RECADO_URL is no http(s) address.", "Example: http://127.0.0.1:8000")
        self._client = httpx.Client(
            base_url=address,
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            timeout=httpx.Timeout(CONNECT_SECONDS, read=ANSWER_SECONDS),
            # A proxy that the environment names cannot reach this machine's own addresses.
            trust_env=not _is_loopback(address.host),
        )

    @classmethod
    def of_environment(cls) -> Self:
        """The API at RECADO_URL, with the key RECADO_API_KEY."""
        return cls(settings.required("RECADO_URL"), settings.required("RECADO_API_KEY"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def dispatch(self, event: Any, *, idempotency_key: str | None = None) -> dict[str, Any]:
        """Hand an event in; gives the stored notification with its planned route."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._call("POST", "/events/dispatch/", json=event, headers=headers, mend=SEND_AGAIN)

    def send_test(self, message: dict[str, str]) -> dict[str, Any]:
        """Hand a test message in; gives the stored notification."""
        return self._call("POST", "/test/", json=message)

    def notification(self, notification_id: str) -> dict[str, Any]:
        """A notification with everything that happened to it."""
        return self._call("GET", f"/{quote(notification_id, safe='')}/")

    def catalogue(self) -> dict[str, Any]:
        """What the key's tenant offers."""
        return self._call("GET", "/catalog/")

    def get(self, path: str, **parameters: object) -> dict[str, Any]:
        """The document at a path of the API; parameters that are None are left out."""
        given = {name: value for name, value in parameters.items() if value is not None}
        return self._ask("GET", path, params=given)

    def post(self, path: str, document: Any) -> dict[str, Any]:
        """Hand a document in; gives what the API answers."""
        return self._ask("POST", path, json=document)

    def text(self, path: str) -> tuple[str, str | None]:
        """The text at a path of the API, and the path of the page that follows it, if one does."""
        answer = self._answer("GET", path, headers={"Accept": "*/*"})
        return answer.text, answer.links.get("next", {}).get("url")

    def put(self, path: str, document: Any, *, over: str) -> dict[str, Any]:
        """Replace what is at a path, if its ETag is still `over`; gives it as it is stored now."""
        return self._ask("PUT", path, json=document, headers={"If-Match": over})

    def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        return self._ask(method, f"{NOTIFICATIONS}{path}", **request)

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        answer = self._answer(method, path, **request)
        try:
            document = answer.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise Refusal(f"{self._url} answered no JSON object.", "Is RECADO_URL a Recado?")
        return document

    def _answer(self, method: str, path: str, *, mend: str = "", **request: Any) -> httpx.Response:
        """A success of the API; `mend` is what to do when none came."""
        try:
            answer = self._client.request(method, path, **request)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Refusal(
                f"{self._url} does not answer ({type(error).__name__}).",
                "Check RECADO_URL; `make up` starts the laptop cloud.",
            ) from None
        except httpx.HTTPError as error:
            doubt = "" if method == "GET" else ", so what was asked may have been done"
            raise Refusal(
                f"{self._url} gave no answer ({type(error).__name__}){doubt}.", mend
            ) from None
        if not answer.is_success:
            raise _refusal(answer)
        return answer


def _refusal(answer: httpx.Response) -> ApiRefusal:
    """The refusal that a problem document (RFC 9457) means."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not (isinstance(problem, dict) and "code" in problem):
        told = f"The API answered HTTP {answer.status_code}."
        return ApiRefusal(answer.status_code, told, "Its log says why.")
    detail = problem.get("detail", "")
    fields = [_fault(found, detail) for found in problem.get("errors", [])]
    told = f"{detail} ({problem['code']})"
    mend = ""
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        mend = "Set RECADO_API_KEY to a key that `recado keys create` printed."
    return ApiRefusal(answer.status_code, f"The API refused: {'; '.join([told, *fields])}.", mend)


def _fault(found: dict[str, Any], detail: str) -> str:
    """What is wrong with a field; its name alone where the problem's detail said the rest."""
    told = found.get("message") or found.get("code")
    return str(found.get("field")) if told == detail else f"{found.get('field')}: {told}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
