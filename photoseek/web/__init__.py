"""The HTTP door: an API to build on and a page to look at, over one ``Library``."""

DEFAULT_PORT = 8472
