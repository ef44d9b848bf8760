"""Let a local Qwen-VL model use a browser, a desktop or an Android phone."""

__version__ = "0.1.0"
