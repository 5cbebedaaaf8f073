"""What is trained step by step as a visitor meets it: played, stepped, turned, moved back in time, and gone on from."""

import re

import pytest
from playwright.sync_api import expect

RUNS = {"gan": "point-gan-gaussians", "diffusion": "point-diffusion-moons"}
ON_A_DRAWING = r"on a drawing \(your own\), now at.*real points covered"


@pytest.fixture
def here(visit):
    return visit("gan", run=RUNS["gan"])


def now(visit):
    """The step that the view shows, and whether it is beyond the last snapshot."""
    match = re.search(r"(now at|snapshot of) step ([\d,]+)", visit.view.locator(".caption").first.inner_text())
    return (int(match[2].replace(",", "")), match[1] == "now at") if match else (-1, False)


def press(visit, name):
    visit.panel.get_by_role("button", name=name, exact=True).click()


def play(visit, steps=20):
    """Plays on until some more steps are made, and pauses; the step."""
    before = now(visit)[0]
    press(visit, "Train")
    visit.until(lambda: now(visit)[1] and now(visit)[0] > before + steps)
    press(visit, "Pause")
    visit.at_rest(lambda: now(visit))
    return now(visit)[0]


@pytest.mark.parametrize("lab", RUNS)
def test_a_shipped_film_is_scrubbed_and_gone_on_from(visit, shows, lab):
    here = visit(lab, run=RUNS[lab])
    assert now(here) == (here.steps[1], False)
    last = shows(here.main)
    here.scrub(0)
    here.until(lambda: now(here) == (0, False) and shows(here.main) != last)
    play(here)
    assert here.run.startswith(f"{RUNS[lab]}-") and here.query("run") == here.run
    assert f"branched from {RUNS[lab]} at step 0" in here.status


def test_single_steps_move_whom_they_should(here, shows):
    press(here, "Step D")
    here.until(lambda: now(here)[1])
    step, before = now(here)[0], shows(here.main)
    press(here, "Step D")
    here.until(lambda: now(here)[0] == step + 1 and shows(here.main) != before)
    press(here, "Step both")
    here.until(lambda: now(here)[0] == step + 2)
    here.page.reload()
    here.caption.wait_for()
    press(here, "Step G")
    here.until(lambda: now(here)[0] == step + 3)


def test_a_preset_is_chosen_and_a_knob_turned_while_it_trains(here):
    knobs = here.panel.locator(".toy-knobs")
    here.panel.get_by_label("Preset").select_option("collapse")
    here.until(lambda: "collapse" in here.run and now(here)[1] and now(here)[0] > 20)
    expect(here.panel.locator(".toy-about")).to_contain_text("20 steps")
    knobs.get_by_label("Generator steps").fill("1")
    step = now(here)[0]
    here.until(lambda: now(here)[0] > step + 40)
    press(here, "Pause")
    run = here.run
    here.page.reload()
    here.caption.wait_for()
    here.until(lambda: now(here)[0] > 0)
    press(here, "Step D")
    here.until(lambda: now(here)[1])
    assert here.run == run and "NaN" not in here.view.inner_text()
    expected = {"generator_steps": "1", "momentum": "0.9", "r1": "0.5"}
    assert {
        name: knobs.locator(f"[data-option={name}] :is(input, select)").input_value() for name in expected
    } == expected
    here.scrub(0)
    expect(knobs.get_by_label("Generator steps")).to_have_value("20")  # as it was then


def test_a_cure_is_trained_beside_what_fails(here):
    here.panel.get_by_label("Preset").select_option("oscillation")
    here.until(lambda: "oscillation" in here.run and now(here)[1] and now(here)[0] > 20)
    failing = here.run
    here.panel.get_by_role("button", name=re.compile("^Cure: Momentum 0.95")).click()
    here.until(lambda: here.run not in ("", failing) and here.query("compare") == failing)
    names = here.view.locator(".lane-name")
    expect(names.nth(0)).to_contain_text("momentum 0,")
    expect(names.nth(1)).to_contain_text("momentum 0.95,")
    captions = here.view.locator(".caption")

    def steps():
        found = [re.search(r"now at step ([\d,]+)", captions.nth(lane).inner_text()) for lane in range(2)]
        return [int(match[1].replace(",", "")) if match else 0 for match in found]

    here.until(lambda: min(steps()) > 0)
    first = steps()
    here.until(lambda: all(now > before + 10 for now, before in zip(steps(), first, strict=True)))
    press(here, "Pause")
    expect(here.panel.get_by_role("button", name="Cured: Momentum 0", exact=True)).to_be_disabled()
    gradients = here.view.locator("[data-meter='generator/gradient'] b")
    here.until(lambda: all(float(text.replace("−", "-")) > 0 for text in gradients.all_inner_texts()))
    assert gradients.count() == 2


def test_on_a_phone_what_trains_comes_into_sight(visit):
    here = visit("gan", run="point-gan-gaussians-collapse", options={"viewport": {"width": 390, "height": 844}})
    cure = here.panel.get_by_role("button", name=re.compile("^Cure: "))
    cure.scroll_into_view_if_needed()
    expect(here.main).not_to_be_in_viewport()
    cure.click()
    here.until(lambda: here.query("compare") and now(here)[1])
    expect(here.main).to_be_in_viewport(ratio=0.5)
    step = now(here)[0]
    here.until(lambda: now(here)[0] > step + 10)


def test_back_in_time_it_rests_and_goes_on_as_a_branch(here):
    play(here, 60)
    run = here.run
    here.scrub(0)
    here.until(lambda: not now(here)[1])
    first = now(here)[0]
    play(here)
    assert here.run != run and f"branched from {run} at step {first:,}" in here.status


def test_reset_begins_the_same_anew(here, shows):
    runs = []
    for _ in range(2):
        press(here, "Reset")
        here.until(lambda: now(here) == (0, False))
        press(here, "Step both")
        here.until(lambda: now(here) == (1, True))
        runs.append(shows(here.main))
    assert runs[0] == runs[1]


@pytest.mark.parametrize("lab", RUNS)
def test_another_density_is_learned(visit, lab):
    here = visit(lab, run=RUNS[lab])
    here.panel.get_by_role("option", name="rings").click()
    here.until(lambda: "on rings, now at" in here.view.locator(".caption").first.inner_text())
    expect(here.panel.get_by_role("button", name="Pause", exact=True)).to_be_visible()


def test_a_drawn_density_is_learned(here):
    here.panel.get_by_role("option", name="draw").click()
    pad = here.panel.locator(".density-pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    here.page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    here.page.mouse.down()
    here.page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.7 * box["height"], steps=6)
    here.page.mouse.up()
    here.until(
        lambda: re.search(r"on a drawing \(your own\), now at.*real points covered", here.view.inner_text()) is not None
    )


def test_a_density_is_drawn_with_the_keyboard(here):
    here.panel.get_by_role("option").first.focus()
    for key in ("End", "Enter"):
        here.page.keyboard.press(key)
    here.panel.locator(".density-pad").focus()
    for key in (" ", *["Shift+ArrowRight"] * 3, *["Shift+ArrowUp"] * 3, " "):
        here.page.keyboard.press(key)
    here.until(
        lambda: re.search(r"on a drawing \(your own\), now at.*real points covered", here.view.inner_text()) is not None
    )


def test_two_runs_lie_side_by_side(here, shows):
    here.film.locator(".film-compare").select_option("point-gan-gaussians-collapse")
    boards = here.view.locator("[data-part=main]")
    expect(boards).to_have_count(2)
    expect(here.view.locator(".caption").nth(1)).to_contain_text("point-gan-gaussians-collapse")
    here.until(lambda: shows(boards.nth(0)) != shows(boards.nth(1)))


def test_the_sampling_is_played_and_its_setting_kept_in_the_link(visit):
    here = visit("diffusion", run=RUNS["diffusion"])
    here.control("sampler").select_option("heun")
    expect(here.view.locator(".caption").nth(1)).to_contain_text("sampler Heun")
    press(here, "▶ Sample")
    here.until(lambda: "t = 0.00" in here.view.locator(".caption").first.inner_text())
    here.until(lambda: (here.query("time"), here.query("sampler")) == ("0", "heun"))
    here.page.reload()
    expect(here.view.locator(".caption").nth(1)).to_contain_text("sampler Heun")
    expect(here.view.locator(".caption").first).to_contain_text("t = 0.00")


def test_what_is_drawn_can_be_switched_off(here, shows):
    seen = {shows(here.main)}
    for layer in ("heat", "manifold", "arrows"):
        here.control(layer).uncheck()
        seen.add(shows(here.main))
    assert len(seen) == 4
    here.until(lambda: here.query("heat") == "false")
    here.page.reload()
    here.until(lambda: here.caption.count() > 0 and shows(here.main) in seen)
    expect(here.control("heat")).not_to_be_checked()


def test_the_two_kinds_of_data_lead_to_one_another(visit, shows):
    here = visit("gan", run="stylegan-faces")
    here.view.get_by_role("tab", name="GAN in the plane").click()
    expect(here.view.locator("h2")).to_have_text("Who is ahead: generator or discriminator?")
    here.until(lambda: here.run.startswith("point-gan"))
    here.view.get_by_role("tab", name="Between seeds").click()
    expect(here.view.locator("h2")).to_have_text("What lies between two seeds?")
    here.until(lambda: here.run == "stylegan-faces")


def test_nothing_sticks_out_on_a_phone(visit):
    here = visit("gan", run=RUNS["gan"], options={"viewport": {"width": 390, "height": 844}})
    assert here.page.evaluate("document.documentElement.scrollWidth") == 390
