"""Diffusion and flow models: one denoiser, and the many ways to train it and to sample with it."""
