"""`If-Match` lets a change through only where the version is named."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from recado.api.preconditions import check_match, etag
from recado.domain.errors import PreconditionFailedError


def a_request(header: str | None) -> SimpleNamespace:
    headers = {} if header is None else {"if-match": header}
    return SimpleNamespace(current_event=SimpleNamespace(headers=headers))


@pytest.mark.parametrize("header", [None, "*", " * ", '"3"', '"1", "3"', etag(3)])
def test_a_change_of_the_version_that_is_meant_passes(header: str | None) -> None:
    check_match(a_request(header), 3)


@pytest.mark.parametrize("header", ['"2"', 'W/"3"', "3", "", ",", '"33"', '"2", W/"3"'])
def test_a_change_of_another_version_is_refused(header: str) -> None:
    with pytest.raises(PreconditionFailedError) as refused:
        check_match(a_request(header), 3)

    assert refused.value.field == "If-Match"
