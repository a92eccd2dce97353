"""Faults of AWS, injected into a boto3 client before anything reaches moto."""

from __future__ import annotations

from typing import Any


class Faults:
    """Makes the next calls of an operation fail as AWS would, after the SDK's own retries."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._service = client.meta.service_model.service_name

    def refuse(self, operation: str, *, code: str, times: int = 1) -> None:
        """The service does nothing and answers with an error."""
        left = [times]

        def answer(**_: Any) -> tuple[Any, dict[str, Any]] | None:
            if left[0] == 0:
                return None
            left[0] -= 1
            error = {"Error": {"Code": code, "Message": "injected"}, "ResponseMetadata": {}}
            return _Refused(), error

        self._client.meta.events.register(f"before-call.{self._service}.{operation}", answer)

    def answer_partly(self, operation: str, *, refused: int) -> None:
        """The service takes the next batch without one of its entries, and answers 200."""
        left = [1]

        def take_out(params: dict[str, Any], **_: Any) -> None:
            if left[0]:
                entries = list(params["Entries"])
                taken_out.append(entries.pop(refused)["Id"])
                params["Entries"] = entries

        def tell(parsed: dict[str, Any], **_: Any) -> None:
            if left[0]:
                left[0] -= 1
                parsed["Failed"] = [{"Id": taken_out[0], "Code": "ServiceUnavailable"}]

        taken_out: list[str] = []
        events = self._client.meta.events
        events.register(f"provide-client-params.{self._service}.{operation}", take_out)
        events.register(f"after-call.{self._service}.{operation}", tell)


class _Refused:
    """What botocore wants to see of an HTTP answer that is an error."""

    status_code = 503
