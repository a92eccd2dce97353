"""What shows the API's description; it needs nothing of the product."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from recado.api.documentation_pages import DocumentationPages


@cache
def documentation_pages() -> DocumentationPages:
    """The pages about the API."""
    # Found, not imported: it would import Django.
    library = find_spec("drf_spectacular_sidecar")
    if library is None or library.submodule_search_locations is None:
        raise ModuleNotFoundError("this function lacks the layer ApiDocsLayer")
    return DocumentationPages(Path(*library.submodule_search_locations))
