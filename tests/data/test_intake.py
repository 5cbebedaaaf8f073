"""A visitor's picture: every form that Pillow knows comes out right, and what is no picture is refused."""

import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data.intake import BadPicture, read


def saved(picture, path, **options):
    picture.save(path, **options)
    return path


def color_of(pixels):
    return pixels.float().mean(dim=(1, 2)).round().int().tolist()


@pytest.mark.parametrize("form", ["png", "jpg", "webp", "gif", "bmp", "tiff", "ppm"])
def test_the_usual_forms_are_read(form, tmp_path):
    path = saved(Image.new("RGB", (40, 30), (200, 40, 40)), tmp_path / f"picture.{form}")
    pixels = read(path, size=16, channels=3)
    assert pixels.shape == (3, 16, 16) and pixels.dtype == torch.uint8 and pixels.is_contiguous()
    assert color_of(pixels) == pytest.approx([200, 40, 40], abs=6)
    assert torch.equal(read(path.read_bytes(), size=16, channels=3), pixels)
    with Image.open(path) as opened:
        assert torch.equal(read(opened, size=16, channels=3), pixels)


def test_grey_has_one_channel(tmp_path):
    path = saved(Image.new("RGB", (9, 9), (255, 0, 0)), tmp_path / "red.png")
    assert read(path, size=4, channels=1).unique().tolist() == [76]


def test_the_middle_square_is_kept(tmp_path):
    picture = Image.new("RGB", (90, 30), "red")
    picture.paste("blue", (30, 0, 60, 30))
    assert color_of(read(saved(picture, tmp_path / "wide.png"), size=30, channels=3)) == [0, 0, 255]
    assert color_of(read(picture.transpose(Image.Transpose.ROTATE_90), size=30, channels=3)) == [0, 0, 255]


def test_shrinking_is_smooth():
    rows = np.indices((64, 64)).sum(0) % 2 * 255
    pixels = read(Image.fromarray(rows.astype(np.uint8)), size=16, channels=1)
    assert int(pixels.min()) > 120 and int(pixels.max()) < 136


def test_exif_turns_the_picture(tmp_path):
    picture = Image.new("RGB", (40, 40), "white")
    picture.paste("black", (0, 0, 40, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = read(saved(picture, tmp_path / "turned.jpg", exif=exif, quality=95), size=8, channels=1)[0]
    assert int(pixels[:, 5:].max()) < 20 and int(pixels[:, :3].min()) > 235


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_what_is_transparent_is_white(mode, tmp_path):
    picture = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 20, 10))
    converted = picture.convert("P").convert("PA") if mode == "PA" else picture.convert(mode)
    if mode == "PA":
        converted.putalpha(picture.getchannel("A"))
    source = converted if mode == "PA" else saved(converted, tmp_path / "clear.png")
    pixels = read(source, size=20, channels=3)
    assert int(pixels[:, :8].max()) == 0 and int(pixels[:, 12:].min()) == 255


def test_half_transparent_mixes_with_white(tmp_path):
    path = saved(Image.new("RGBA", (4, 4), (255, 0, 0, 128)), tmp_path / "half.png")
    assert color_of(read(path, size=4, channels=3)) == [255, 127, 127]


def test_a_palette_and_its_clear_color(tmp_path):
    picture = Image.new("P", (20, 20), 0)
    picture.putpalette([0, 0, 0, 0, 200, 0])
    picture.paste(1, (0, 0, 20, 10))
    opaque = read(saved(picture, tmp_path / "opaque.png"), size=20, channels=3)
    assert color_of(opaque[:, 12:]) == [0, 0, 0] and color_of(opaque[:, :8]) == [0, 200, 0]
    clear = read(saved(picture, tmp_path / "clear.png", transparency=0), size=20, channels=3)
    assert color_of(clear[:, 12:]) == [255, 255, 255] and color_of(clear[:, :8]) == [0, 200, 0]


@pytest.mark.parametrize("form", ["png", "tiff"])
def test_16_bits_are_scaled_and_not_cut(form, tmp_path):
    values = np.full((8, 8), 257 * 100, np.uint16)
    path = saved(Image.fromarray(values), tmp_path / f"deep.{form}")
    assert read(path, size=8, channels=1).unique().tolist() == [100]
    assert read(path, size=8, channels=3).unique().tolist() == [100]


def test_whole_numbers_of_32_bits_and_floats(tmp_path):
    assert read(Image.fromarray(np.full((4, 4), 65535, np.int32)), size=4, channels=1).unique().tolist() == [255]
    path = saved(Image.fromarray(np.full((4, 4), 0.5, np.float32)), tmp_path / "float.tiff")
    assert read(path, size=4, channels=1).unique().tolist() == [128]


def test_cmyk(tmp_path):
    path = saved(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), tmp_path / "print.jpg", quality=95)
    assert color_of(read(path, size=8, channels=3)) == pytest.approx([255, 0, 0], abs=4)


def test_black_and_white():
    assert read(Image.new("1", (4, 4), 1), size=4, channels=1).unique().tolist() == [255]


@pytest.mark.parametrize("form", ["gif", "webp", "png"])
def test_an_animation_gives_its_first_frame(form, tmp_path):
    frames = [Image.new("RGB", (16, 16), color) for color in ("red", "lime", "blue")]
    options = {"lossless": True} if form == "webp" else {}
    path = saved(frames[0], tmp_path / f"film.{form}", save_all=True, append_images=frames[1:], duration=100, **options)
    assert color_of(read(path, size=8, channels=3)) == [255, 0, 0]
    with Image.open(path) as film:
        film.seek(2)
        assert color_of(read(film, size=8, channels=3)) == [255, 0, 0]


def test_the_double_pictures_of_phones(tmp_path):
    frames = [Image.new("RGB", (16, 16), color) for color in ("red", "blue")]
    path = saved(frames[0], tmp_path / "phone.mpo", save_all=True, append_images=frames[1:])
    assert color_of(read(path.read_bytes(), size=8, channels=3)) == pytest.approx([255, 0, 0], abs=4)


@pytest.mark.parametrize("content", [b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_what_is_no_picture_is_refused(content, tmp_path):
    with pytest.raises(BadPicture, match="not a picture"):
        read(content, size=8, channels=3)
    path = tmp_path / "file.png"
    path.write_bytes(content)
    with pytest.raises(BadPicture, match="not a picture"):
        read(path, size=8, channels=3)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadPicture):
        read(tmp_path / "none.png", size=8, channels=3)


def test_a_program_is_never_started_for_eps(tmp_path):
    path = saved(Image.new("RGB", (20, 20)), tmp_path / "picture.eps")
    with pytest.raises(BadPicture, match="not a picture"):
        read(path, size=8, channels=3)


@pytest.mark.parametrize("form", ["png", "jpg", "webp", "gif", "tiff"])
def test_a_torn_file_is_refused(form, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    path = saved(Image.fromarray(noise), tmp_path / f"torn.{form}")
    content = path.read_bytes()
    with pytest.raises(BadPicture):
        read(content[: len(content) // 2], size=8, channels=3)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1)])
def test_too_small_is_refused(size, tmp_path):
    with pytest.raises(BadPicture, match=f"{size[0]} x {size[1]} pixels is too small"):
        read(saved(Image.new("RGB", size), tmp_path / "dot.png"), size=8, channels=3)
    assert read(Image.new("RGB", (2, 2)), size=8, channels=3).shape == (3, 8, 8)


def huge(width, height):
    """A PNG of one bit a pixel, all black, that is small as a file."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    squeezer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    body = b"".join(squeezer.compress(row) for _ in range(height)) + squeezer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (10_000, 10_000), (4001, 4000)])
def test_a_bomb_is_refused_before_it_is_unpacked(width, height, tmp_path, monkeypatch):
    path = tmp_path / "bomb.png"
    path.write_bytes(huge(width, height))
    assert path.stat().st_size < 200_000
    monkeypatch.setattr(Image.Image, "convert", lambda *_: pytest.fail("it was unpacked"))
    limit = Image.MAX_IMAGE_PIXELS
    with pytest.raises(BadPicture, match="too large; give one of at most 16 million pixels"):
        read(path, size=8, channels=3)
    assert limit == Image.MAX_IMAGE_PIXELS


def test_16_million_pixels_are_still_taken():
    assert read(huge(4000, 4000), size=8, channels=1).unique().tolist() == [0]


def test_a_large_picture_that_is_open_already_is_refused():
    with pytest.raises(BadPicture, match="5000 x 4000"):
        read(Image.new("1", (5000, 4000)), size=8, channels=1)
