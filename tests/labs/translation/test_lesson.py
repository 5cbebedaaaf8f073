"""What the cards of the style transfer lab's lesson state, measured on the run that ships."""

import pytest
import torch

from playground.data import packs
from playground.labs.translation.compare import l1, translated
from playground.labs.translation.domains import domains

pytestmark = pytest.mark.usefixtures("one_thread")
LAST = 9000


@pytest.fixture(scope="module")
def styles(shipped):
    """The test emoji as Noto drew them and as Twemoji did, (N, 3, H, W), uint8."""
    return domains(shipped("cyclegan-emoji").recipe.load(packs).test)


def both(shipped, styles, step):
    """Of both directions: the source, the true drawing, the translation and the reconstruction."""
    network = shipped("cyclegan-emoji").network(step)
    a, b = styles
    for direction, source, truth in (("ab", a, b), ("ba", b, a)):
        generator, inverse = network.generators(direction)
        translation = translated(generator, source)
        yield source, truth, translation, translated(inverse, translation)


@pytest.mark.slow
def test_copying_is_learned_first(shipped, styles):
    def errors(step):
        pairs = list(both(shipped, styles, step))
        cycle = torch.cat([l1(back, source) for source, _, _, back in pairs]).mean()
        truth = torch.cat([l1(translation, truth) for _, truth, translation, _ in pairs]).mean()
        return float(cycle), float(truth)

    first, early, last = errors(0), errors(75), errors(LAST)
    assert (first[0] - early[0]) / (first[0] - last[0]) == pytest.approx(0.8, abs=0.05)
    assert early[1] > float(l1(*styles).mean()) > last[1]


def test_most_are_closer_than_the_untouched(shipped, styles):
    closer = [
        l1(translation, truth) < l1(source, truth) for source, truth, translation, _ in both(shipped, styles, LAST)
    ]
    assert float(torch.cat(closer).float().mean()) == pytest.approx(0.70, abs=0.01)


def test_what_has_the_style_is_left_alone(shipped, styles):
    a, b = styles
    generator, _ = shipped("cyclegan-emoji").network(LAST).generators("ba")
    alone, changed = (float(l1(translated(generator, images), images).mean()) for images in (a, b))
    assert alone == pytest.approx(0.04, abs=0.005) and changed == pytest.approx(0.08, abs=0.005)


def test_the_way_back_finds_what_the_translation_lost(shipped, styles):
    source, _, translation, back = next(both(shipped, styles, LAST))
    assert float(l1(back, source).mean()) == pytest.approx(0.048, abs=0.002)
    assert float(l1(translation, source).mean()) == pytest.approx(0.066, abs=0.002)
