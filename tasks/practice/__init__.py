"""The practice site: small local web apps, their tasks and their checks."""
