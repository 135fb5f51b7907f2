"""Where people are and what they read mail with: told by a seed, or found out when somebody opens a mail."""

import hashlib
from math import asin, cos, inf, radians, sin, sqrt
from typing import NamedTuple

EARTH = 3959  # miles
SECTION = 3  # digits of a zip code that name a sorting centre
SECTION_MILES = 15
"""What two zip codes of one sorting centre are taken to be apart."""


class Place(NamedTuple):
    """``offset``: hours ahead of UTC, without summer time."""

    country_code: str
    country: str
    region: str
    region_name: str
    timezone: str
    offset: int
    zip_code: str
    """Of the United States; empty elsewhere."""
    latitude: float
    longitude: float


PLACES = (
    Place("GB", "United Kingdom", "ENG", "England", "Europe/London", 0, "", 51.5, -0.12),
    Place("US", "United States", "CA", "California", "America/Los_Angeles", -8, "90012", 34.05, -118.24),
    Place("US", "United States", "NY", "New York", "America/New_York", -5, "10007", 40.71, -74.0),
    Place("DE", "Germany", "BE", "Berlin", "Europe/Berlin", 1, "", 52.52, 13.4),
    Place("FR", "France", "IDF", "Ile-de-France", "Europe/Paris", 1, "", 48.86, 2.35),
    Place("AU", "Australia", "NSW", "New South Wales", "Australia/Sydney", 10, "", -33.87, 151.21),
)
CLIENTS = ("Gmail", "Apple Mail", "Outlook 2019", "iPhone", "Android", "Yahoo! Mail")
COUNTRIES = {place.country_code: place.country for place in PLACES}


def place_of(country_code: str, region: str) -> Place:
    """A place as one can tell it: the known one, else one without a name and a point."""
    known = [place for place in PLACES if place.country_code == country_code and region in {"", place.region}]
    return known[0] if known else Place(country_code, country_code, region, region, "", 0, "", 0, 0)


def found(seed: int, email: str) -> tuple[str, Place]:
    """(mail program, place) of who opens a mail: always the same for an address and a seed."""
    digest = hashlib.blake2b(f"{seed} {email.lower()}".encode(), digest_size=2).digest()
    return CLIENTS[digest[0] % len(CLIENTS)], PLACES[digest[1] % len(PLACES)]


def miles(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Between two points of (latitude, longitude), over the ground."""
    (north, east), (other_north, other_east) = here, there
    down, across = radians(other_north - north) / 2, radians(other_east - east) / 2
    inner = sin(down) ** 2 + cos(radians(north)) * cos(radians(other_north)) * sin(across) ** 2
    return 2 * EARTH * asin(sqrt(min(1.0, inner)))


def miles_of_zips(one: str, other: str) -> float:
    """Between two zip codes: nothing for the same, a guess within a sorting centre, else known of our places only."""
    if one == other:
        return 0
    if one[:SECTION] == other[:SECTION] and len(one) == len(other):
        return SECTION_MILES
    points = {place.zip_code: place[-2:] for place in PLACES if place.zip_code}
    return miles(points[one], points[other]) if one in points and other in points else inf
