"""What to do, and whether it was done."""
