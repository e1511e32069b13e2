"""The grammar: what is read is printed back, and a mistake says where it is."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import QueryError
from search import Filter, Picture, Query, Url, Words, parse, understand
from search.query.arguments import query_text
from store.filters import (
    Camera,
    Condition,
    Has,
    InFolder,
    InPlace,
    Lens,
    Named,
    Near,
    Offline,
    OfType,
    Oriented,
    Size,
    Tagged,
    Taken,
)

TODAY = date(2024, 2, 29)

text = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(str.strip)
one_line = text.map(lambda value: " ".join(value.split()))
weights = st.one_of(
    st.sampled_from([1.0, -1.0, 2.0, -0.5]),
    st.floats(-100, 100, allow_nan=False).filter(lambda weight: weight != 0),
)
days = st.dates(date(1, 1, 1), date(9999, 12, 31))
amounts = st.floats(0, 1e9, allow_nan=False)
paths = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).map(Path)
sources = paths | st.integers(1, 2**63 - 1) | st.just(Url("https://example.org/a.jpg"))


@st.composite
def periods(draw: st.DrawFn) -> Taken:
    first, last = sorted([draw(days), draw(days)])
    return draw(st.sampled_from([Taken(first, None), Taken(None, last), Taken(first, last)]))


conditions: st.SearchStrategy[Condition] = st.one_of(
    periods(),
    st.builds(InFolder, text),
    *(st.builds(kind, one_line) for kind in (Named, Camera, Lens, InPlace, Tagged)),
    st.sampled_from([OfType("jpeg"), OfType("raw"), Has("gps"), Offline(), Oriented("square")]),
    st.builds(
        Size, st.sampled_from(["<", "<=", ">", ">="]), amounts, st.sampled_from(["mp", "kb"])
    ),
    st.builds(Near, st.floats(-90, 90), st.floats(-180, 180), st.floats(1e-9, 20_000)),
)
queries = st.builds(
    Query,
    parts=st.lists(
        st.builds(Words, text, weights, st.booleans()) | st.builds(Picture, sources, weights),
        min_size=1,
        max_size=4,
    ).map(tuple),
    filters=st.lists(st.builds(Filter, conditions, st.booleans()), max_size=4).map(tuple),
    limit=st.integers(1, 10**6),
    offset=st.integers(0, 10**6),
    literal=st.booleans(),
    only=st.sampled_from([None, "meaning"]),
    strictness=st.floats(0, 100),
)


@given(queries)
def test_a_query_is_printed_back_exactly(query: Query) -> None:
    assert parse(str(query)) == query


@given(st.text(st.characters(codec="utf-8"), max_size=40) | st.text('ab -:"2.\\/“”in', max_size=20))
def test_any_text_is_a_query_or_a_mistake(typed: str) -> None:
    try:
        query = parse(typed, today=TODAY)
    except QueryError:
        return
    assert parse(str(query)) == query
    assert str(parse(str(query))) == str(query)


@given(queries)
def test_chips_are_the_pieces_of_the_text(query: Query) -> None:
    shown = str(query)
    assert [shown[chip.start : chip.end] for chip in query.chips] == [c.text for c in query.chips]
    assert " ".join(chip.text for chip in query.chips) == shown
    for chip in query.chips:
        if len(query.parts) + len(query.filters) > 1:
            assert len(query.without(chip).chips) == len(query.chips) - 1


def test_the_examples_of_the_grammar() -> None:
    query = parse('beach july 2023 in:Trips -people camera:"Pixel 8" type:heic place:Lisbon')
    assert query.parts == (Words("beach july 2023"), Words("people", -1))
    assert [one.condition for one in query.filters] == [
        InFolder("Trips"),
        Camera("Pixel 8"),
        OfType("heic"),
        InPlace("Lisbon"),
    ]
    query = parse("2:snow -0.5:./sledge.jpg after:2020-01 before:2021-12-31 size:>4mp")
    assert query.parts == (Words("snow", 2), Picture(Path("sledge.jpg"), -0.5))
    assert [one.condition for one in query.filters] == [
        Taken(date(2020, 1, 1), None),
        Taken(None, date(2021, 12, 31)),
        Size(">", 4, "mp"),
    ]


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("a t-shirt", [Words("a t-shirt")]),
        ("rock - and -- roll", [Words("rock - and -- roll")]),
        ("10:30 at 16:9", [Words("10:30 at 16:9")]),
        ("it's 5\" wide", [Words("it's 5\" wide")]),
        ('beach in:x "red car" people', [Words("beach people"), Words("red car", literal=True)]),
        ("“red car”", [Words("red car", literal=True)]),
        (r'"say \"hi\""', [Words('say "hi"', literal=True)]),
        ('"in:Trips"', [Words("in:Trips", literal=True)]),
        ('-"ice cream"', [Words("ice cream", -1, literal=True)]),
        ("beach.jpg", [Words("beach.jpg")]),
        ("./a.jpg", [Picture(Path("a.jpg"))]),
        ("../a.jpg", [Picture(Path("../a.jpg"))]),
        ("/a.jpg", [Picture(Path("/a.jpg"))]),
        ("-/a.jpg", [Picture(Path("/a.jpg"), -1)]),
        ('image:"my dog.jpg"', [Picture(Path("my dog.jpg"))]),
        ("-2:id:7", [Picture(7, -2)]),
        ("https://a.org/b.jpg?c=d", [Picture(Url("https://a.org/b.jpg?c=d"))]),
    ],
)
def test_parts(typed: str, parts: list[Words | Picture]) -> None:
    assert list(parse(typed).parts) == parts


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2023", "2023-01-01", "2023-12-31"),
        ("2023-07", "2023-07-01", "2023-07-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-07-14", "2023-07-14", "2023-07-14"),
        ("14.7.2023", "2023-07-14", "2023-07-14"),
        ('"july 2023"', "2023-07-01", "2023-07-31"),
        ("july 2023", "2023-07-01", "2023-07-31"),
        ("Juli 2023", "2023-07-01", "2023-07-31"),
        ("14 july 2023", "2023-07-14", "2023-07-14"),
        ('"July 14th, 2023"', "2023-07-14", "2023-07-14"),
        ("2020..2022", "2020-01-01", "2022-12-31"),
        ('"march 2020..may 2020"', "2020-03-01", "2020-05-31"),
        ("today", "2024-02-29", "2024-02-29"),
        ("yesterday", "2024-02-28", "2024-02-28"),
        ("last week", "2024-02-19", "2024-02-25"),
        ("this month", "2024-02-01", "2024-02-29"),
        ("last month", "2024-01-01", "2024-01-31"),
        ("last year", "2023-01-01", "2023-12-31"),
    ],
)
def test_dates(written: str, first: str, last: str) -> None:
    (one,) = parse(f"date:{written}", today=TODAY).filters
    assert one.condition == Taken(date.fromisoformat(first), date.fromisoformat(last))


def test_a_date_ends_where_it_stops_being_one() -> None:
    query = parse("date:july 2023 beach", today=TODAY)
    assert query.parts == (Words("beach"),)


@pytest.mark.parametrize(
    ("typed", "column", "told"),
    [
        ("beach cammera:x", 7, "did you mean camera:?"),
        ("zzz:x", 1, "expected one of id, image, after"),
        ("date:2023-02-30", 1, "no day 30 in February 2023"),
        ("date:2023-13", 1, "no month 13"),
        ("date:0000", 1, "no year 0"),
        ("date:soon", 1, "'soon' is no date"),
        ("date:2022..2020", 1, "ends before it begins"),
        ("near:91,0,5", 1, "latitude 91 is outside -90 to 90"),
        ("near:0,181,5", 1, "longitude 181"),
        ("near:0,0,0", 1, "0 km"),
        ("near:nan,0,1", 1, "latitude nan"),
        ("near:1,2", 1, "three numbers"),
        ("size:4mp", 1, "no comparison"),
        ("type:exe", 1, "none of avif"),
        ("has:fun", 1, "none of camera"),
        ("is:red", 1, "none of offline"),
        ("orientation:up", 1, "none of landscape, portrait, square"),
        ('a "b', 3, "do not end"),
        ('a "b"c', 6, "expected a space"),
        ("a after:", 9, "expected a date"),
        ("2:", 3, "expected words or a picture"),
        ("2:in:x", 1, "has no weight"),
        ("0:x", 1, "weight 0"),
        ("1000:x", 1, "weight 1000"),
        ("id:x", 1, "no number"),
        ("x limit:many", 3, "no whole number"),
        ("x -limit:3", 3, "cannot be negated"),
        ("x only:names", 3, "none of meaning, text"),
    ],
)
def test_a_mistake_says_where_and_what_was_expected(typed: str, column: int, told: str) -> None:
    with pytest.raises(QueryError) as raised:
        parse(typed)
    assert raised.value.column == column
    assert str(raised.value).startswith(f"column {column}: ")
    assert told in str(raised.value)


CAMERAS = ["Google Pixel 8", "Canon EOS 5D Mark II", "X100V"]


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("beach july 2023", "beach date:2023-07"),
        ("14 july 2023", "date:2023-07-14"),
        ("beach 2023-07-14", "beach date:2023-07-14"),
        ("beach pixel 8", 'beach camera:"pixel 8"'),
        ("x100v sunset", "sunset camera:x100v"),
        ("eos 5d july 2023 beach", 'beach camera:"eos 5d" date:2023-07'),
    ],
)
def test_plain_words_are_understood(typed: str, understood: str) -> None:
    query = understand(parse(typed), CAMERAS, TODAY)
    assert str(query) == understood
    assert [str(f) for f in query.understood] == [c.text for c in query.chips if c.understood]
    assert understand(parse(f"{typed} literal:yes"), CAMERAS, TODAY).filters == ()


@pytest.mark.parametrize(
    "typed",
    [
        *("may sun", "beach 2023", "canon", "google", "mark", "july", "8", '"july 2023"'),
        *("2:july 2023", "june 2023x", "last week", "july 2023 date:2020"),
    ],
)
def test_what_may_mean_something_else_stays_words(typed: str) -> None:
    query = parse(typed)
    assert understand(query, CAMERAS, TODAY) == query


@pytest.mark.parametrize(
    ("arguments", "typed"),
    [
        (["a", "dog"], "a dog"),
        (["a dog"], "a dog"),
        (["beach in:Trips"], "beach in:Trips"),
        (["beach", "in:Summer trip"], 'beach in:"Summer trip"'),
        (["beach", "camera:Pixel 8", "-ice cream"], 'beach camera:"Pixel 8" -"ice cream"'),
        (["2:red car", "x"], '2:"red car" x'),
        (["in:Trips -people", "x"], "in:Trips -people x"),
        (['in:"Summer trip" dog', "x"], 'in:"Summer trip" dog x'),
    ],
)
def test_arguments_of_a_shell_are_one_text(arguments: list[str], typed: str) -> None:
    assert query_text(arguments) == typed


def test_options_are_forms_of_the_grammar() -> None:
    typed = query_text(
        ["boats"], texts=["at sea"], images=[Path("a b.jpg")], unwanted=["people", "./c.jpg"]
    )
    assert typed == 'boats "at sea" image:"a b.jpg" -"people" -./c.jpg'


def test_relative_dates_move_with_the_day() -> None:
    tomorrow = TODAY + timedelta(days=1)
    assert parse("date:yesterday", today=tomorrow) == parse(f"date:{TODAY}")
