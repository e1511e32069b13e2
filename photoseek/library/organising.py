"""What is done with a library beyond asking it: its nouns put together."""

from photoseek.library.saving import Saving
from photoseek.library.tagging import Tagging


class Organising(Tagging, Saving):
    """Tags and saved searches."""
