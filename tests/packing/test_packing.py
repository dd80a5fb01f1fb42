"""Arrays as bytes come back as they were; what is not whole is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from genspace_core.packing import Packer, Unpacker

SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=9)
ANY = st.one_of(
    st.none(),
    arrays.arrays(np.bool_, SHAPES),
    arrays.arrays(np.float32, SHAPES),
    arrays.arrays(np.float64, SHAPES),
)


@given(st.lists(ANY, max_size=4))
def test_what_goes_in_comes_out(held):
    packer = Packer()
    data = packer.bytes(b"TEST", [packer.add(array) for array in held])
    packed = Unpacker(b"TEST", data)
    for before, entry in zip(held, packed.header, strict=True):
        after = packed.get(entry)
        assert (before is None) == (after is None)
        if before is not None:
            assert after.dtype == before.dtype
            np.testing.assert_array_equal(after, before)


@pytest.mark.parametrize(
    "spoil", [lambda d: b"OTHR" + d[4:], lambda d: d[:-3], lambda d: d[:4], lambda d: b""]
)
def test_what_is_not_whole_is_refused(spoil):
    packer = Packer()
    data = packer.bytes(b"TEST", [packer.add(np.arange(100.0))])
    with pytest.raises(ValueError, match=r"of another kind|damaged"):
        Unpacker(b"TEST", spoil(data))
