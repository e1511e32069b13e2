"""Things that can be taken out of a captioned collection whole, and questions of no meaning.

A subject is its name and every word by which captions give away that it is in the picture.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Subject:
    """``plain`` and ``words`` are regular expressions over whole words: captions that name it, and
    captions by which it, or what is as good as it, may be in the picture."""

    name: str
    plain: str
    words: str

    def __str__(self) -> str:
        return f"a {self.name}"

    def named_in(self, captions: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Which captions name it."""
        return _match(self.plain, captions)

    def betrayed_by(self, captions: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Which captions speak of it in any words."""
        return _match(f"{self.plain}|{self.words}", captions)


def _match(pattern: str, captions: Sequence[str]) -> npt.NDArray[np.bool_]:
    compiled = re.compile(rf"\b({pattern})\b")
    return np.array([bool(compiled.search(caption.lower())) for caption in captions])


SUBJECTS = (
    Subject("dog", r"dogs?|spaniels?", r"pupp\w+|hound|terrier|poodle|retriever|canine|shepherd"),
    Subject("horse", r"horses?", r"pony|rodeo|bronco|bull|jockey"),
    Subject("bicycle", r"bicycl\w*|bikes?", r"bik\w+|\w*cycl\w+|bmx|trikes?"),
    Subject("snow", r"snow\w*", r"ski\w*|sled\w*|ice|icy"),
    Subject("beach", r"beach", r"sand\w*|ocean|sea|shore|waves?|surf\w*|coast\w*"),
    Subject("skateboard", r"skateboard\w*", r"skat\w+"),
    Subject("football player", r"football|soccer", r"helmet|rugby"),
    Subject("basketball", r"basketball", r"ball"),
    Subject("motorcycle", r"motorcycl\w*|motorbikes?", r"motor\w*|dirt|bik\w*|racers?|\w*cycl\w+"),
    Subject("car", r"cars?", r"trucks?|vehicles?|van|jeep|automobile|rac\w+|bus(es)?|engine"),
    Subject("rock climber", r"climb\w*", r"rocks?|cliffs?|mountain\w*|rappel\w*|canyon"),
    Subject("swimming pool", r"pool", r"swim\w*|div\w+"),
    Subject("guitar", r"guitar\w*", r"music\w*|band|instruments?"),
    Subject("bird", r"birds?", r"ducks?|geese|goose|pigeons?|seagulls?|macaw|parrot|owl"),
    Subject("tennis match", r"tennis", r"racket|racquet"),
    Subject("child on a swing", r"swing", r"swing\w*|hammock"),
    Subject("kayak", r"kayak\w*", r"canoe\w*|raft\w*|boat\w*|paddl\w*|row\w*|surf\w*"),
    Subject("surfer", r"surfer|surfing|surfboard", r"surf\w*|waves?|wakeboard\w*|wetsuit|\w+board"),
    Subject("tent", r"tents?", r"camp\w*|parachute"),
    Subject("boat", r"boats?", r"ships?|kayak\w*|canoe\w*|sail\w*|raft\w*|surf\w*|sea|harbou?r"),
    Subject("sheep", r"sheep", r"goats?|lambs?|cows?|cattle|farm|horses?"),
    Subject("bus", r"bus(es)?", r"trucks?|cars?|van"),
    Subject("train", r"trains?", r"subway|rail\w*|bus(es)?"),
    Subject("frisbee", r"frisbees?", r"disc"),
    Subject("baseball game", r"baseball", r"pitcher|batter|bat|ball"),
    Subject("cat", r"cats?", r"kittens?"),
    Subject("elephant", r"elephants?", r"tusks?"),
    Subject("glass of wine", r"wine", r"glass(es)?|drink\w*|beer"),
    Subject("castle", r"castles?", r"palace|fortress|gate|temple"),
    Subject("flower", r"flowers?", r"petals?|dahlia|dandelions?|marigolds?|blossom\w*|daisies"),
)

_KNOWN = ("sdfsdflksdfj", "asdfasdf", "qwertyuiop", "xkcdzzt blorf", "hjkl", "zzzzzz")


def gibberish(count: int, seed: int = 0) -> list[str]:
    """What a cat on a keyboard asks."""
    chance = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz" + "sdfklj" * 3  # fingers rest on the home row

    def word() -> str:
        return "".join(chance.choices(letters, k=chance.randint(4, 12)))

    made = [" ".join(word() for _ in range(chance.choice((1, 1, 2, 3)))) for _ in range(count)]
    return [*_KNOWN, *made][:count]
