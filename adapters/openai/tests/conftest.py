from __future__ import annotations

from collections.abc import Iterator

import pytest

from genspace_core.testing import KEY, short_waits


@pytest.fixture(autouse=True)
def surroundings() -> Iterator[None]:
    with short_waits() as patch:
        patch.setenv("OPENAI_API_KEY", KEY)
        patch.setenv("OPENAI_ORG_ID", "org-of-the-user")
        patch.delenv("OPENAI_BASE_URL", raising=False)
        yield
