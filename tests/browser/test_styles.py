"""Inside StyleGAN2 as a visitor meets it: layers of two pictures are mixed, and channels are switched off."""

import re

import pytest
from playwright.sync_api import expect

from .visitor import colors


@pytest.fixture
def mixing(visit):
    return visit("gan", run="stylegan-faces", view="styles")


@pytest.fixture
def inside(visit):
    return visit("gan", run="stylegan-faces", view="inside")


def test_a_mixture_is_chosen_in_the_strips_by_group_and_by_slider(mixing, shows):
    crossovers = mixing.view.get_by_label("Crossovers from picture A to picture B").locator("button")
    singles = mixing.view.get_by_label("Picture A with one layer from B").locator("button")
    expect(crossovers).to_have_count(11)
    expect(singles).to_have_count(10)
    mixing.until(lambda: min(colors(cell.locator("canvas")) for cell in [*crossovers.all(), *singles.all()]) > 4)
    assert "layers 1 to 3 (4 to 8 px) from B" in mixing.caption.inner_text()
    pictures = [shows(mixing.main)]
    for button, said in [
        (crossovers.first, "all layers from A"),
        (crossovers.last, "layers 1 to 10 (4 to 64 px) from B"),
        (singles.nth(4), "layer 5 (16 px) from B"),
        (mixing.view.get_by_role("button", name="fine"), "layers 8 to 10 (32 to 64 px) from B"),
    ]:
        button.click()
        expect(mixing.caption).to_contain_text(said)
        expect(button).to_have_attribute("aria-pressed", "true")
        mixing.settled()
        pictures.append(shows(mixing.main))
    assert len(set(pictures)) == len(pictures)
    mixing.control("last").fill("8")
    expect(mixing.caption).to_contain_text("layer 8 (32 to 64 px) from B")
    expect(singles.nth(7)).to_have_attribute("aria-pressed", "true")
    mixing.until(lambda: (mixing.query("first"), mixing.query("last")) == ("8", "8"))


def test_how_much_a_layer_changes_is_told_and_its_bar_agrees(mixing):
    singles = mixing.view.get_by_label("Picture A with one layer from B").locator("button")
    mixing.settled()
    expect(singles.first.locator("b")).to_have_text(re.compile(r"^\d+\.\d%$"))
    values = [float(one.strip("%")) for one in singles.locator("b").all_inner_texts()]
    bars = [float(bar.evaluate("bar => bar.style.getPropertyValue('--value')")) for bar in singles.locator("i").all()]
    assert max(bars) == 1 and bars == pytest.approx([value / max(values) for value in values], abs=0.05)
    assert "over 8 pairs of seeds" in mixing.view.inner_text()


def test_truncation_and_noise_change_the_picture_and_the_link_keeps_them(mixing, shows):
    psis = mixing.view.get_by_label("The mixture at several truncations").locator("button")
    before = shows(mixing.main)
    psis.first.focus()
    mixing.page.keyboard.press("ArrowRight")
    expect(psis.nth(1)).to_be_focused()
    mixing.page.keyboard.press("Enter")
    expect(mixing.caption).to_contain_text("ψ 0.25")
    expect(mixing.control("psi")).to_have_value("0.25")
    mixing.settled()
    truncated = shows(mixing.main)
    assert truncated != before
    expect(mixing.control("grain")).to_be_hidden()
    mixing.control("noise").select_option("from a seed")
    expect(mixing.control("grain")).to_be_visible()
    mixing.view.get_by_role("button", name="Another number for picture B").click()
    mixing.until(lambda: mixing.query("b") is not None and mixing.query("noise") == "fresh")
    mixing.settled()
    last, caption = shows(mixing.main), mixing.caption.inner_text()
    assert last != truncated
    mixing.page.reload()
    mixing.caption.wait_for()
    mixing.until(lambda: shows(mixing.main) == last)
    assert mixing.caption.inner_text() == caption


def test_a_channel_is_switched_off_and_on_again(inside, shows):
    channels = inside.view.get_by_label("Channels; press one to switch it off").locator("button")
    expect(channels).to_have_count(48)
    inside.settled()
    change, before = inside.view.get_by_label("The change"), shows(inside.main)
    all_on = inside.view.get_by_role("button", name="All on")
    expect(change).to_be_hidden()
    expect(all_on).to_be_hidden()
    channels.first.press("Enter")
    expect(change).to_be_visible()
    expect(inside.caption).to_contain_text(
        re.compile(r"without channel \d+ at 16 px: \d+\.\d% mean absolute difference")
    )
    expect(channels.first).to_have_attribute("aria-pressed", "true")
    inside.settled()
    one = shows(inside.main)
    assert one != before and shows(inside.view.get_by_label("All channels on")) == before
    channels.nth(1).click()
    expect(inside.caption).to_contain_text(re.compile(r"without channels \d+, \d+ at 16 px"))
    inside.until(lambda: re.fullmatch(r"16\.\d+-16\.\d+", inside.query("off") or "") is not None)
    inside.settled()
    assert shows(inside.main) not in (one, before)
    all_on.click()
    expect(change).to_be_hidden()
    inside.until(lambda: shows(inside.main) == before)


def test_each_resolution_has_its_share_and_its_channels(inside, shows):
    parts = inside.view.get_by_label("What each resolution adds").locator("button")
    sums = inside.view.get_by_label("The sum up to each resolution").locator("button")
    expect(parts.locator("span")).to_have_text([re.compile(rf"^{side} px, ") for side in (4, 8, 16, 32, 64)])
    shares = [float(text.strip("%").replace("−", "-")) for text in parts.locator("b").all_inner_texts()]
    assert sum(shares) == pytest.approx(100, abs=0.5)
    assert [cell.evaluate("canvas => canvas.width") for cell in sums.locator("canvas").all()] == [4, 8, 16, 32, 64]
    assert shows(sums.last.locator("canvas")) == shows(inside.main)
    parts.last.click()
    expect(inside.view.get_by_role("heading", name="The 12 channels at 64 px")).to_be_visible()
    expect(inside.view.get_by_label("Channels; press one to switch it off").locator("button")).to_have_count(12)
    inside.until(lambda: inside.query("side") == "64")


@pytest.mark.parametrize("view", ["styles", "inside"])
def test_nothing_sticks_out_on_a_phone_and_fingers_find_every_picture(visit, view):
    here = visit("gan", run="stylegan-faces", view=view, options={"viewport": {"width": 390, "height": 844}})
    here.settled()
    assert here.page.evaluate("document.documentElement.scrollWidth") == 390
    sizes = here.view.locator(".cells button").evaluate_all(
        "all => all.map((one) => [one.offsetWidth, one.offsetHeight])"
    )
    assert len(sizes) > 20 and all(min(size) >= 44 for size in sizes)
