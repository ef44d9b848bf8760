"""What the phone shows: one page, its style, and its apps."""
