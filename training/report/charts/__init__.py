"""Charts: each draws one section's numbers as an SVG that follows the page's colours. Nothing is computed here."""
