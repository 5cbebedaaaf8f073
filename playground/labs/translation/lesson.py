"""The lesson of the style transfer lab. `tests/labs/translation/test_lesson.py` measures what its cards state."""

from playground.lesson import Card, Code, Paper

_CYCLEGAN = Paper(
    "Zhu et al., “Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks”, 2017",
    "https://arxiv.org/abs/1703.10593",
)
_SYMBOLS = {"G": "the generator from Noto to Twemoji", "F": "the one back", "a": "an emoji of Noto's"}

CARDS = (
    Card(
        name="copying_is_learned_first",
        question="After 75 of 9,000 steps: which has come further down, the cycle error or the distance to the true "
        "drawing?",
        answers=("The cycle error", "The distance to the true drawing", "Both as far"),
        right=0,
        show={"run": "cyclegan-emoji", "step": "75", "view": "trip"},
        happened="The cycle error has done 80% of its way, the distance to the true drawing is still above that of the "
        "untouched emoji. Copying the picture makes both cycle terms small at once, so that is learned first; style "
        "comes later, from the discriminators.",
        formula=r"L_{cycle} = \|F(G(a)) - a\|_1 + \|G(F(b)) - b\|_1",
        symbols={**_SYMBOLS, "b": "one of Twemoji's"},
        code=Code("labs/translation/cycle.py", "cycle = F.l1_loss(net.f(fake_b), a)"),
        paper=_CYCLEGAN,
    ),
    Card(
        name="most_are_closer_than_the_untouched",
        question="In which share of test emoji is the translation closer to the true drawing than the untouched emoji "
        "is?",
        answers=("Nearly all", "About seven of ten", "Fewer than half"),
        right=1,
        show={"run": "cyclegan-emoji", "view": "sheet"},
        happened="In 70%. The network was never shown which Twemoji belongs to which Noto: it only learned what "
        "Twemoji look like. Where the two sets draw a thing differently, another pose or another object, no style "
        "helps, and the translation may move away from the truth.",
        formula=r"\|G(a) - b\|_1 < \|a - b\|_1",
        symbols={**_SYMBOLS, "b": "the same emoji as Twemoji drew it"},
        code=Code("labs/translation/compare.py", "return (one.float() - other.float()).abs()"),
        paper=_CYCLEGAN,
    ),
    Card(
        name="what_has_the_style_is_left_alone",
        question="Give the generator that draws Noto's style an emoji of Noto's. What does it do?",
        answers=("It leaves it almost as it is", "It draws it flat, as Twemoji", "It adds the style once more"),
        right=0,
        show={"run": "cyclegan-emoji", "view": "trip", "direction": "ba"},
        happened="It changes it by 0.04 of the brightness, an emoji of Twemoji's by 0.08, twice as much. The identity "
        "loss asks for that: what has the style is to be left alone. Without it generators are free to tint whatever "
        "comes.",
        formula=r"L_{identity} = \|G(b) - b\|_1 + \|F(a) - a\|_1",
        symbols={**_SYMBOLS, "b": "one of Twemoji's"},
        code=Code("labs/translation/cycle.py", 'terms["identity"] ='),
        paper=_CYCLEGAN,
    ),
    Card(
        name="the_way_back_finds_what_the_translation_lost",
        question="Twemoji is flat. Translated to it and back to Noto, is an emoji closer to the original than its "
        "translation is?",
        answers=("Yes, much closer", "No: shading that is gone is gone", "As far as the translation"),
        right=0,
        show={"run": "cyclegan-emoji", "view": "trip", "direction": "ab"},
        happened="The reconstruction is 0.048 from the original, the translation 0.066. A part of the shading is drawn "
        "anew from what Noto usually looks like; a part may be hidden in the translation as faint texture, where the "
        "discriminator does not see it: steganography.",
        formula=r"F(G(a)) \approx a",
        symbols=_SYMBOLS,
        code=Code("labs/translation/trip.py", "return Trip(image, translation[0]"),
        paper=Paper(
            "Chu et al., “CycleGAN, a Master of Steganography”, 2017",
            "https://arxiv.org/abs/1712.02950",
        ),
    ),
)
