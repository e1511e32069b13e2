"""Everything that a library can do."""

from photoseek.library.asking import Asking
from photoseek.library.comparing import Comparing
from photoseek.library.duplicates import Duplicating
from photoseek.library.keeping import Keeping
from photoseek.library.organising import Organising
from photoseek.library.safekeeping import Safekeeping
from photoseek.library.watching import Watching


class Library(Safekeeping, Watching, Comparing, Duplicating, Organising, Asking, Keeping):
    """A library folder. Safe to search from several threads; close it, or use it in a ``with``.

    Open one with ``Library.open``; nothing is created before the first ``index``.
    """
