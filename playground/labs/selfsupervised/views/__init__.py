"""The views of the self-supervised lab, in the order of their chips."""

from __future__ import annotations

from playground.labs.selfsupervised.views.attention import ATTENTION
from playground.labs.selfsupervised.views.collapse import COLLAPSE
from playground.labs.selfsupervised.views.labels import LABELS
from playground.labs.selfsupervised.views.map import MAP
from playground.labs.selfsupervised.views.mask import MASK
from playground.labs.selfsupervised.views.motion import MOTION
from playground.labs.selfsupervised.views.next import NEXT
from playground.labs.selfsupervised.views.same import SAME
from playground.labs.selfsupervised.views.words import WORDS
from playground.labs.vision.experiment import EXPERIMENT

VIEWS = (MAP, SAME, COLLAPSE, LABELS, MASK, WORDS, ATTENTION, NEXT, MOTION, EXPERIMENT)
