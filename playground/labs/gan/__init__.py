"""Generative adversarial networks: images, points of the plane, and what generator and discriminator learn."""
