import pytest

from matcher.places import describe_distance, distance_km, find_place, matches_region


@pytest.mark.parametrize(
    ("city", "town", "region"),
    [("Georgetown", "Halton Hills", "Halton"), ("ACTON", "Halton Hills", "Halton"),
     ("Ancaster", "Hamilton", "Hamilton"),
     ("City of Milton", "Milton", "Halton"), ("Milton, Ontario", "Milton", "Halton"), ("Galt", "Cambridge", "Waterloo"),
     ("Etobicoke", "Toronto", "Toronto"), ("St Catharines", "St. Catharines", "Niagara")],
)  # fmt: skip
def test_villages_and_spellings_fold(city, town, region):
    place = find_place(city, "ON")
    assert place is not None and (place.municipality, place.region) == (town, region)
    assert place.lat is not None


def test_distance_is_town_to_town_and_unknown_stays_unknown():
    milton, oakville = find_place("Milton", "ON"), find_place("Oakville", "ON")
    distance = distance_km(milton, oakville)
    assert distance is not None and 15 < distance < 21
    assert describe_distance(distance) == "about 20 km, town to town"
    assert distance_km(milton, None) is None and describe_distance(None) == "distance not known"
    nowhere = find_place("Atlantis", "ON")
    assert distance_km(milton, nowhere) is None and find_place("  ") is None
    assert distance_km(milton, milton) == 0


def test_region_filter_has_three_outcomes():
    assert matches_region(find_place("Acton", "ON"), "Region of Halton") is True
    assert matches_region(find_place("Montréal", "QC"), "halton region") is False
    assert matches_region(None, "Halton") is None
    assert matches_region(find_place("Georgetown", "ON"), "Halton Hills") is True
    with pytest.raises(ValueError, match="is no region or municipality"):
        matches_region(None, "Narnia")
