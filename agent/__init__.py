"""The loop: observe, reason, act; its record, its report and its command line."""
