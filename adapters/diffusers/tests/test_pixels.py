"""Black pictures: taken away, or numbers that overflowed."""

from __future__ import annotations

import numpy as np
import pytest

from genspace_adapter_diffusers.pixels import refuse_black
from genspace_core.errors import GenerationError, Refused

BLACK = np.zeros((8, 8, 3), np.uint8)


@pytest.mark.parametrize(("flag", "kind"), [(True, Refused), (None, Refused), (False, GenerationError)])
def test_black_is_refused_where_nobody_says_that_it_passed(flag: bool | None, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        refuse_black(BLACK, flag)
    assert type(caught.value) is kind


def test_what_is_flagged_is_refused_whatever_it_shows() -> None:
    refuse_black(BLACK + 1, flag=None)
    with pytest.raises(Refused):
        refuse_black(BLACK + 1, flag=True)
