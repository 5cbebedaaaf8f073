"""Parts that tabs share: the film bar, forms, pictures that a visitor brings, the theme. It knows no lab."""
