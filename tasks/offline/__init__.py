"""Benchmarks on fixed pictures: ask once, keep every answer, score as often as you like.

Three stages with files between them: `infer` writes one line per sample, `score` is a pure
function of annotation and line, `page` shows the errors.
"""
