"""What a search needs of a library, and no more: the rest takes a tenth of a second to import."""

from photoseek.library.searching import Searching
from photoseek.library.sharing import Sharing


class Asking(Searching, Sharing):
    """The part of a ``Library`` that answers questions, and takes out what was found."""
