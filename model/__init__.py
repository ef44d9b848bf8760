"""Who decides: a Qwen-VL model in process, on a server, or a script."""
