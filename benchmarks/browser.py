"""The browser that the page is measured and tested in: Debian's Chromium, or the one that
``PHOTOSEEK_CHROMIUM`` names."""

import os
import shutil

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Its program. Raises LookupError, with what to install, if there is none."""
    wanted = os.environ.get("PHOTOSEEK_CHROMIUM", "")
    for name in (wanted, "chromium", "chromium-browser", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    raise LookupError("no browser: apt-get install chromium, or name one in PHOTOSEEK_CHROMIUM")
