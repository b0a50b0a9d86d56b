"""How long entries are kept, by country: two years everywhere, longer where a law says so, never shorter."""

from tenants.retention.floors import FLOORS, LEAST_MONTHS, floor_months, keep_months


def test_every_country_without_a_rule_keeps_two_years() -> None:
    assert {floor_months(country) for country in ("GB", "ES", "PL", "", "ZZ")} == {24}


def test_a_country_with_a_rule_keeps_longer_and_says_where_that_is_written() -> None:
    assert floor_months("us") == floor_months("US") == 60
    assert [floor for floor in FLOORS.values() if floor.months <= LEAST_MONTHS or not floor.source] == []


def test_a_firm_keeps_what_the_strictest_of_its_countries_asks() -> None:
    assert keep_months(countries=["GB"], wanted=24) == 24
    assert keep_months(countries=["GB", "US"], wanted=24) == 60
    assert keep_months(countries=["GB"], wanted=36) == 36
    assert keep_months(countries=["GB", "US"], wanted=72) == 72


def test_a_wish_under_the_floor_changes_nothing() -> None:
    assert keep_months(countries=[], wanted=0) == 24
    assert keep_months(countries=["US"], wanted=-1) == 60
