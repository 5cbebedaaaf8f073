"""Generative adversarial networks: pictures, a game on the plane, and what the two players teach each other."""
