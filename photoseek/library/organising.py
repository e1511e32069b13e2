"""What is done with a library beyond asking it: its nouns put together."""

from photoseek.library.browsing import Browsing
from photoseek.library.clustering import Clustering
from photoseek.library.exchanging import Exchanging
from photoseek.library.explaining import Explaining
from photoseek.library.mapping import Mapping
from photoseek.library.recommending import Recommending
from photoseek.library.saving import Saving
from photoseek.library.tagging import Tagging


class Organising(
    Browsing, Recommending, Explaining, Tagging, Clustering, Mapping, Exchanging, Saving
):
    """Recommendations, reasons, tags, clusters, maps, exchange and saved searches."""
