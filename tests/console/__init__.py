"""What the console promises: its doors, its pages, and what a real browser makes of them."""
