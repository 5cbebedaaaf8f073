"""Networks that look at pictures, and what they look at."""
