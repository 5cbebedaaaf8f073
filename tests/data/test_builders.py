"""The builders of the packs, on small sources made here."""

import gzip
import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data.cards import digest
from playground.data.sets.emoji import GROUPS
from playground.data.sets.faces import ATTRIBUTES
from playground.data.sheet import read_sheet, write_sheet
from training.build import emoji, faces, fashion


@pytest.mark.parametrize(("n", "channels", "size"), [(1, 1, 5), (7, 3, 8), (12, 1, 4)])
def test_a_sheet_gives_back_what_was_put_in(n, channels, size):
    images = torch.randint(256, (n, channels, size, size), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    content = write_sheet(images)
    assert torch.equal(read_sheet(content, n, size, channels), images)
    with pytest.raises(ValueError, match="cannot hold 99 pictures"):
        read_sheet(content, 99, size, channels)


def write_idx(path, values):
    header = bytes([0, 0, 8, values.ndim]) + b"".join(n.to_bytes(4, "big") for n in values.shape)
    path.write_bytes(gzip.compress(header + values.tobytes()))


def test_fashion_takes_the_first_of_each_class_and_no_picture_twice(tmp_path):
    rng = np.random.default_rng(0)
    train, test = (rng.integers(0, 256, (n, 28, 28), np.uint8) for n in (60, 40))
    labels = (np.arange(60) % 10).astype(np.uint8)
    test[0] = train[0]
    for part, images in (("train", train), ("t10k", test)):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", labels[: len(images)])
    card = fashion.build(tmp_path, tmp_path, n_train=30, n_test=20)
    images = read_sheet((tmp_path / "fashion.webp").read_bytes(), 50, 28, 1)[:, 0].numpy()
    assert np.array_equal(images[:3], train[[0, 10, 20]]) and np.array_equal(images[3:6], train[[1, 11, 21]])
    # the first test picture of class 0 is a training picture and is left out
    assert np.array_equal(images[30:34], test[[10, 20, 1, 11]])
    assert card.hash == digest([(tmp_path / "fashion.webp").read_bytes()])
    with pytest.raises(ValueError, match="T-shirt/top has 4 different pictures, 5 are needed"):
        fashion.choose(torch.from_numpy(test), torch.from_numpy(labels[:40]), 50, set())


def test_twins_are_joined_through_others():
    a, b, c = (torch.full((3, 2, 2), value, dtype=torch.uint8) for value in (1, 2, 3))
    leaders = emoji.twins([torch.stack([a, a, b, c]), torch.stack([a, b, b, c])], ["4", "3", "2", "9"])
    assert leaders == {"4": "2", "3": "2", "2": "2", "9": "9"}


def test_every_group_gives_its_part_and_twins_stay_together():
    codes = [f"{i:04X}" for i in range(400)]
    groups = {code: GROUPS[i % 2] for i, code in enumerate(codes)}
    leaders = {code: codes[i - i % 8 + i % 2] if i < 80 else code for i, code in enumerate(codes)}
    held = emoji.hold_out(leaders, groups)
    for group in GROUPS[:2]:
        assert sum(groups[code] == group for code in held) == round(0.105 * 200)
    assert all((code in held) == (leaders[code] in held) for code in codes)
    assert any(leaders[code] != code for code in held)
    assert held == emoji.hold_out(dict(reversed(leaders.items())), groups) != emoji.hold_out(leaders, groups, "other")


def test_emoji_are_put_on_white_and_described(tmp_path):
    entries = []
    for i, group in enumerate(("Smileys & Emotion", "Flags", "Component")):
        entry = {"unified": f"1F60{i}-FE0F", "image": f"1f60{i}.png", "category": group, "subcategory": f"sub-{i}"}
        entries.append(entry | {"sort_order": 9 - i, "has_img_google": True, "has_img_twitter": True})
        for package, style in (("emoji-datasource-google", "google"), ("emoji-datasource-twitter", "twitter")):
            folder = tmp_path / package / "img" / style / "64"
            folder.mkdir(parents=True, exist_ok=True)
            picture = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
            picture.paste((255 if style == "google" else 0, 0, 0, 128), (0, 0, 64, 32))
            picture.save(folder / f"1f60{i}.png")
    for package in emoji.PACKAGES:
        (tmp_path / package / "en").mkdir(parents=True, exist_ok=True)
        (tmp_path / package / "package.json").write_text('{"version": "1.2.3"}')
    (tmp_path / "emoji-datasource-google" / "emoji.json").write_text(json.dumps(entries))
    names = [{"hexcode": f"1F60{i}", "label": f"name {i}", "tags": ["tag"]} for i in range(3)]
    (tmp_path / "emojibase-data" / "en" / "data.json").write_text(json.dumps(names))
    card = emoji.build(tmp_path, tmp_path)
    rows = json.loads((tmp_path / "emoji.json").read_text())
    assert [(row["code"], row["name"], row["group"]) for row in rows] == [
        ("1F601-FE0F", "name 1", "Flags"),
        ("1F600-FE0F", "name 0", "Smileys & Emotion"),
    ]
    noto = read_sheet((tmp_path / "emoji-noto.webp").read_bytes(), 2, 64, 3)
    twemoji = read_sheet((tmp_path / "emoji-twemoji.webp").read_bytes(), 2, 64, 3)
    assert noto[0, :, 0, 0].tolist() == [255, 127, 127] and twemoji[0, :, 0, 0].tolist() == [127, 127, 127]
    assert noto[0, :, 40, 0].tolist() == [255, 255, 255]
    assert "emojibase-data 1.2.3" in card.source
    assert card.hash == digest([(tmp_path / file).read_bytes() for file in card.files])


def test_each_face_is_told_exactly_one_value_an_attribute():
    chosen = faces.choose(500, torch.Generator().manual_seed(0))
    assert set(chosen) == set(ATTRIBUTES) == set(faces.OPTIONS)
    portraits = [faces.options(chosen, i) for i in range(500)]
    for options in portraits:
        assert all(len(options[key]) == 1 for key in faces.OPTIONS.values())
    assert {options["hair"][0] for options in portraits} >= {"curlyHighTop", "shortComboverChops", "bald"}
    for i, options in enumerate(portraits):
        assert options["skinColor"] == [faces.COLORS["skin"][int(chosen["skin"][i])]]
        assert options["facialHairProbability"] == (100 if chosen["facial hair"][i] else 0)
    assert all(len(faces.COLORS[name]) == len(ATTRIBUTES[name]) for name in faces.COLORS)


@pytest.mark.skipif(shutil.which("node") is None, reason="drawing portraits needs Node.js")
def test_the_drawing_script_is_fed_and_read_right(tmp_path):
    """A stand-in for the npm packages draws the skin color at half opacity, multiplied by alpha as resvg does."""
    for file, code in {
        "@dicebear/core/lib/index.js": "exports.createAvatar = (_, x) => ({ toString: () => JSON.stringify(x) });",
        "@dicebear/collection/lib/index.js": "exports.personas = {};",
        "@resvg/resvg-js/index.js": """exports.Resvg = class {
            constructor(svg) { this.told = JSON.parse(svg); }
            render() {
                const color = Buffer.from(this.told.skinColor[0] + "00", "hex").map((v) => v >> 1);
                color[3] = 128;
                return { width: 64, height: 64, pixels: Buffer.concat(Array(4096).fill(color)) };
            }
        };""",
    }.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True)
        path.write_text(code)
    chosen = faces.choose(3, torch.Generator().manual_seed(1))
    drawn = faces.draw(chosen, tmp_path)
    assert drawn.shape == (3, 3, 64, 64)
    for image, skin in zip(drawn, chosen["skin"].tolist(), strict=True):
        expected = [127 + (value >> 1) for value in bytes.fromhex(faces.COLORS["skin"][skin])]
        assert image[:, 5, 60].tolist() == expected
    with pytest.raises(RuntimeError, match="node could not draw"):
        faces.draw(chosen, tmp_path / "nowhere")
