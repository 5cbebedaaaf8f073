"""Variational autoencoders and the planes through their latent spaces."""
