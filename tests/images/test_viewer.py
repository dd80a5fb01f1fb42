"""Pictures of every kind are read as a viewer shows them, held against known colours."""

from __future__ import annotations

import struct
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from genspace_core import images
from genspace_core.errors import InputError
from genspace_core.images import check_image, decode_image, image_suffix
from tests.images.files import (
    GREY,
    GREY_ALPHA,
    PALETTE,
    RGB,
    RGBA,
    SRGB_COLUMNS,
    encoded,
    grey_profile,
    ink_profile,
    matrix_profile,
    png,
    srgb_of,
)

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
COLOURS = np.random.default_rng(1).integers(0, 256, (16, 16, 3), np.uint8)
WIDE = np.random.default_rng(2).integers(0, 65536, (16, 16), np.uint16)
WIDE.flat[:4] = 0, 255, 32768, 65535
WHITE = (255, 255, 255)


def seen(data: bytes) -> np.ndarray:
    return decode_image(data, "here")


def grey(numbers: np.ndarray) -> np.ndarray:
    return np.repeat(numbers[..., None], 3, axis=2)


def within(pixels: np.ndarray, truth: np.ndarray, levels: int) -> bool:
    return np.abs(pixels.astype(int) - np.asarray(truth, int)).max() <= levels


# --- transparency ------------------------------------------------------------------------------------


def test_half_transparent_shows_half_paper():
    alpha = np.array([[0, 51, 255]], np.uint8)
    blue = np.dstack([np.zeros((1, 3, 2), np.uint8), np.full((1, 3), 255, np.uint8), alpha])
    truth = [[WHITE, (204, 204, 255), (0, 0, 255)]]
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("TIFF", {})):
        assert within(seen(encoded(Image.fromarray(blue), kind, **options)), truth, 1)


def test_grey_with_alpha():
    data = png(np.array([[[100, 255], [100, 0], [100, 51]]]), 8, GREY_ALPHA)
    assert within(seen(data), [[[100] * 3, WHITE, [224] * 3]], 1)


def test_a_palette_with_transparency():
    palette = bytes((255, 0, 0, 0, 255, 0, 0, 0, 255))
    data = png(np.array([[0, 1, 2]]), 8, PALETTE, PLTE=palette, tRNS=bytes((255, 0, 51)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert within(seen(data), [[(255, 0, 0), WHITE, (204, 204, 255)]], 1)


@pytest.mark.parametrize(("depth", "top"), [(1, 1), (2, 3), (4, 15), (8, 255), (16, 65535)])
def test_one_grey_that_is_marked_transparent(depth, top):
    rows = np.array([[0, top]])
    black_is_clear = png(rows, depth, GREY, tRNS=struct.pack(">H", 0))
    assert (seen(black_is_clear) == 255).all()
    white_is_clear = png(np.array([[0, top]]), depth, GREY, tRNS=struct.pack(">H", top))
    assert (seen(white_is_clear) == [[[0] * 3, WHITE]]).all()


def test_a_grey_between_that_is_marked_transparent():
    data = png(np.array([[5, 6]]), 4, GREY, tRNS=struct.pack(">H", 5))
    assert (seen(data) == [[WHITE, [102] * 3]]).all()


@pytest.mark.parametrize(("depth", "scale"), [(8, 1), (16, 257)])
def test_one_colour_that_is_marked_transparent(depth, scale):
    rows = np.array([[(10, 20, 30), (30, 20, 10)]]) * scale
    data = png(rows, depth, RGB, tRNS=struct.pack(">3H", *rows[0, 0]))
    assert (seen(data) == [[WHITE, (30, 20, 10)]]).all()


# --- numbers of other widths -------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_narrow_greys_fill_the_range(depth):
    top = 2**depth - 1
    rows = np.arange(16).reshape(4, 4) % (top + 1)
    assert (seen(png(rows, depth, GREY)) == grey(rows * 255 // top)).all()


def test_black_and_white():
    bits = RAMP % 3 == 0
    for kind in ("PNG", "TIFF", "BMP"):
        assert (seen(encoded(Image.fromarray(bits), kind)) == grey(bits * 255)).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_greys_are_scaled(kind):
    pixels = seen(encoded(Image.fromarray(WIDE), kind))
    assert (pixels == grey(np.round(WIDE / 257))).all()


def test_16_bit_greys_of_either_byte_order_and_either_sign_of_white():
    for mode, photometric in (("I;16", 1), ("I;16B", 1), ("I;16", 0)):
        order = ">" if mode.endswith("B") else "<"
        image = Image.frombytes(mode, (16, 16), WIDE.astype(f"{order}u2").tobytes())
        pixels = seen(encoded(image, "TIFF", tiffinfo={262: photometric}))
        shown = np.round(WIDE / 257)
        assert (pixels == grey(shown if photometric else 255 - shown)).all()


@pytest.mark.parametrize(("colour", "channels"), [(RGB, 3), (RGBA, 4), (GREY_ALPHA, 2)])
def test_16_bit_colours_are_scaled(colour, channels):
    rows = np.random.default_rng(3).integers(0, 65536, (8, 8, channels))
    rows[..., -1] = rows[..., -1] if colour == RGB else 65535
    colours = rows / 257 if colour == RGB else rows[..., :-1] / 257
    assert within(seen(png(rows, 16, colour)), np.broadcast_to(np.round(colours), (8, 8, 3)), 1)


@pytest.mark.parametrize(
    ("numbers", "white"),
    [
        (np.array([[0, 255, 51]], np.int32), 255),
        (np.array([[0, 65535, 256]], np.int32), 65535),
        (np.array([[0, 2**31 - 1, 65536]], np.int32), 2**31 - 1),
        (np.array([[0, 1, 0.5]], np.float32), 1),
    ],
)
def test_32_bit_greys_are_scaled_by_the_smallest_white_that_holds_them(numbers, white):
    data = encoded(Image.fromarray(numbers), "TIFF")
    assert (seen(data) == grey(np.floor(numbers / white * 255 + 0.5))).all()


@pytest.mark.parametrize(
    "numbers", [[[0, 200.0]], [[-0.5, 1]], [[0, np.nan]], [[0, np.inf]]], ids=["depth", "minus", "nan", "inf"]
)
def test_fractions_without_a_white_are_refused(numbers):
    data = encoded(Image.fromarray(np.array(numbers, np.float32)), "TIFF")
    with pytest.raises(InputError, match=r"here: its greys run from .* save it with 8 or 16 bits"):
        seen(data)


# --- colours -----------------------------------------------------------------------------------------


def test_lab_becomes_srgb():
    red = Image.frombytes("LAB", (1, 1), bytes((138, 81, 70)))  # L 54.3 of 100, a 81, b 70
    assert within(seen(encoded(red, "TIFF")), (255, 0, 0), 6)


INKS = {
    (0, 0, 0, 0): WHITE,
    (255, 0, 0, 0): (0, 255, 255),
    (0, 255, 255, 0): (255, 0, 0),
    (0, 0, 0, 255): (0,) * 3,
}


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks_without_a_profile_are_plain(kind):
    for inks, colour in INKS.items():  # Pillow's JPEGs are Adobe's: the numbers are stored inverted
        assert within(seen(encoded(Image.new("CMYK", (8, 8), inks), kind)), colour, 2)


def test_adobe_ycck():
    """Inks as luma and chroma, which Adobe marks with transform 2 (Adobe technical note 5116)."""
    data = bytearray(encoded(Image.new("CMYK", (8, 8), (0, 0, 0, 64)), "JPEG", quality=100))
    at = data.index(b"Adobe") + 11
    assert data[at] == 0
    data[at] = 2
    # The file holds 255 less each ink: 255, 255, 255, now read as Y, Cb and Cr of 255 less C, M and Y,
    # and that, being stored less 255 once more, is the ink itself.
    cyan, magenta, yellow = 255, 255 - 0.344 * 127 - 0.714 * 127, 255
    shown = [(255 - ink) * (1 - 64 / 255) for ink in (cyan, magenta, yellow)]
    assert within(seen(bytes(data)), shown, 3)


def test_a_profile_with_red_and_blue_exchanged():
    red, green, blue = SRGB_COLUMNS
    exchanged = matrix_profile((blue, green, red))
    for kind, options in (("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})):
        data = encoded(Image.fromarray(COLOURS), kind, icc_profile=exchanged, **options)
        assert within(seen(data), COLOURS[..., ::-1], 2)


def test_a_profile_of_wider_colours_than_srgb():
    """Display P3: the same colour is other numbers in sRGB, by the matrix of the two (CSS Color 4)."""
    p3 = matrix_profile(((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)), 2.2)
    data = encoded(Image.new("RGB", (2, 2), (117, 200, 108)), "PNG", icc_profile=p3)
    to_srgb = np.array([[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]])
    truth = srgb_of(np.clip(to_srgb @ (np.array([117, 200, 108]) / 255) ** 2.2, 0, 1))
    assert within(seen(data), truth, 2)


def test_an_srgb_profile_changes_no_pixel():
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert (seen(encoded(Image.fromarray(COLOURS), "PNG", icc_profile=own)) == COLOURS).all()


@pytest.mark.parametrize(
    "broken", [b"none", b"\0" * 200, matrix_profile()[:150]], ids=["text", "zeros", "cut"]
)
def test_a_broken_profile_is_ignored(broken):
    assert (seen(encoded(Image.fromarray(COLOURS), "PNG", icc_profile=broken)) == COLOURS).all()


def test_a_profile_of_another_colour_space_is_ignored():
    red, green, blue = SRGB_COLUMNS
    for image, profile in (
        (Image.fromarray(RAMP), matrix_profile((blue, green, red))),
        (Image.fromarray(COLOURS), grey_profile(1.0)),
    ):
        plain = seen(encoded(image, "PNG"))
        assert (seen(encoded(image, "PNG", icc_profile=profile)) == plain).all()


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_greys_with_a_profile(mode):
    truth = srgb_of(RAMP / 255)
    data = encoded(Image.fromarray(RAMP).convert(mode), "PNG", icc_profile=grey_profile(1.0))
    assert within(seen(data), grey(np.round(truth)), 1)


def test_profiled_colours_keep_their_alpha_and_meet_white_paper():
    red, green, blue = SRGB_COLUMNS
    clear = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    clear.putpixel((1, 0), (255, 0, 0, 0))
    pixels = seen(encoded(clear, "PNG", icc_profile=matrix_profile((blue, green, red))))
    assert within(pixels, [[(0, 0, 255), WHITE]], 2)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks_with_a_profile(kind):
    """A press whose cyan prints red, and whose black is black."""
    press = ink_profile(lambda inks: (0, 0, 0) if inks[3] else (54.3, 80.8, 69.9) if inks[0] else (100, 0, 0))
    for inks, colour in (((255, 0, 0, 0), (255, 0, 0)), ((0, 0, 0, 0), WHITE), ((0, 0, 0, 255), (0, 0, 0))):
        data = encoded(Image.new("CMYK", (8, 8), inks), kind, icc_profile=press)
        assert within(seen(data), colour, 6)


# --- the way up --------------------------------------------------------------------------------------

# What the EXIF standard says of the stored rows and columns, written with numpy.
UPRIGHT = {
    1: lambda s: s,
    2: lambda s: s[:, ::-1],
    3: lambda s: s[::-1, ::-1],
    4: lambda s: s[::-1],
    5: lambda s: s.swapaxes(0, 1),
    6: lambda s: np.rot90(s, -1),
    7: lambda s: s[::-1, ::-1].swapaxes(0, 1),
    8: lambda s: np.rot90(s, 1),
}


@pytest.mark.parametrize("way", UPRIGHT)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_every_way_of_holding_the_camera(kind, way):
    stored = np.zeros((16, 32, 3), np.uint8)
    stored[:8, :16] = 255, 0, 0
    stored[8:, 16:] = 0, 0, 255
    exif = Image.Exif()
    exif[0x0112] = way
    options = (
        {"lossless": True} if kind == "WEBP" else {"subsampling": 0, "quality": 100} if kind == "JPEG" else {}
    )
    pixels = seen(encoded(Image.fromarray(stored), kind, exif=exif, **options))
    truth = UPRIGHT[way](stored)
    assert pixels.shape == truth.shape
    assert within(pixels, truth, 4)


@pytest.mark.parametrize("way", [0, 9, 65535])
def test_a_way_that_does_not_exist_is_upright(way):
    exif = Image.Exif()
    exif[0x0112] = way
    assert (seen(encoded(Image.fromarray(COLOURS), "PNG", exif=exif)) == COLOURS).all()


@pytest.mark.parametrize("notes", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"junk" * 9])
def test_damaged_notes_are_ignored(notes):
    assert (seen(encoded(Image.fromarray(COLOURS), "PNG", exif=notes)) == COLOURS).all()


# --- animations --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_of_several(kind):
    frames = [Image.new("RGB", (6, 4), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    pixels = seen(data)
    assert pixels.shape == (4, 6, 3)
    assert (pixels == (255, 0, 0)).all()


def test_an_apng_with_a_picture_of_its_own_for_viewers_that_do_not_play():
    frames = [Image.new("RGB", (6, 4), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True)
    assert (seen(data) == (255, 0, 0)).all()


def test_a_first_frame_that_fills_a_part_of_the_canvas():
    small = Image.new("P", (2, 1), 0)
    small.putpalette([255, 0, 0])
    data = bytearray(encoded(small, "GIF"))
    data[6:10] = struct.pack("<2H", 4, 3)
    pixels = seen(bytes(data))
    assert pixels.shape == (3, 4, 3)
    assert (pixels[0, :2] == (255, 0, 0)).all()
    assert (pixels[1:] == 255).all()
    assert (pixels[:, 2:] == 255).all()


# --- what is refused ---------------------------------------------------------------------------------


def bomb(width: int, height: int) -> bytes:
    """A PNG that promises many pixels and holds a few."""
    data = bytearray(png(np.zeros((1, 1), int), 8, GREY))
    data[16:24] = struct.pack(">2I", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


@pytest.mark.parametrize("size", [(8192, 8193), (10_000, 10_000), (20_000, 20_000), (2**30, 2**30)])
@pytest.mark.parametrize("read", [decode_image, check_image])
def test_a_picture_that_unfolds_too_far_is_refused(read, size):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
        with pytest.raises(InputError, match="here: the picture has more than 67,108,864 pixels"):
            read(bomb(*size), "here")


def test_the_limit_itself_is_read(monkeypatch):
    monkeypatch.setattr(images, "MAX_PIXELS", 256)
    assert seen(encoded(Image.fromarray(COLOURS), "PNG")).shape == (16, 16, 3)
    with pytest.raises(InputError, match="more than 256 pixels"):
        seen(encoded(Image.new("RGB", (16, 17)), "JPEG"))


def test_a_limit_that_others_lift_still_holds(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with pytest.raises(InputError, match="more than 67,108,864 pixels"):
        seen(bomb(60_000, 60_000))


@pytest.mark.parametrize("size", [(0, 4), (4, 0), (0, 0)])
@pytest.mark.parametrize("read", [decode_image, check_image])
def test_nothing_to_see(read, size):
    with pytest.raises(InputError, match=r"here: the picture is damaged .*its header cannot be read"):
        read(bomb(*size), "here")


KINDS = {
    "PNG": encoded(Image.fromarray(COLOURS), "PNG", icc_profile=matrix_profile()),
    "JPEG": encoded(Image.fromarray(COLOURS), "JPEG"),
    "WEBP": encoded(Image.fromarray(COLOURS), "WEBP"),
    "GIF": encoded(Image.fromarray(COLOURS), "GIF"),
    "TIFF": encoded(Image.fromarray(WIDE), "TIFF"),
    "BMP": encoded(Image.fromarray(COLOURS), "BMP"),
}


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("kind", KINDS)
def test_the_format_is_known_and_a_cut_file_is_refused(kind):
    whole = KINDS[kind]
    assert image_suffix(whole[:16]) == {"JPEG": ".jpg", "TIFF": ".tif"}.get(kind, f".{kind.lower()}")
    assert seen(whole).shape == (16, 16, 3)
    for length in range(4, len(whole) * 3 // 4, 7):
        with pytest.raises(InputError, match="here: ") as error:
            seen(whole[:length])
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", [b"BMW is a car", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"P6 1 1 255 abc"])
def test_other_files_are_never_handed_to_a_decoder(text):
    with pytest.raises(InputError, match="not a picture that can be read"):
        seen(text)


@given(kind=st.sampled_from(list(KINDS)), at=st.floats(0, 0.999), patch=st.binary(min_size=1, max_size=6))
def test_whatever_is_wrong_with_a_file_is_told_in_one_line(kind, at, patch):
    data = bytearray(KINDS[kind])
    start = int(at * len(data))
    data[start : start + len(patch)] = patch
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of damaged notes
        for read in (decode_image, check_image):
            complaint = ""
            try:
                read(bytes(data), "here")
            except InputError as error:
                complaint = str(error)
            assert not complaint or complaint.startswith("here: ")
            assert "\n" not in complaint
