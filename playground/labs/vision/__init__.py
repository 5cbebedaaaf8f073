"""Image classifiers, their attention, and why they answer as they do."""
