"""Frozen prompt texts, one file each, with their source named beside them."""
