"""Columns are guessed from words and values; a guess shows nothing that it does not recognise."""

import pytest

from campaigns.importing.columns import guess_columns, phone_like
from campaigns.importing.mapping import (
    Mapping,
    MappingError,
    mapping_from_guesses,
    parse_mapping,
)
from tests.unit.importing.lists import HEADER, ROWS


def _roles(columns: list[str], rows: list[list[str]] | None = None) -> list[str]:
    return [guess.role for guess in guess_columns(columns, rows or [])]


@pytest.mark.parametrize(
    ("columns", "roles"),
    [
        (["First Name", "Surname", "E-mail address", "Mobile Phone", "Post code", "Town", "County"],
         ["first_name", "last_name", "email", "phone", "postcode", "town", "region"]),
        (["Imię", "Nazwisko", "Adres e-mail", "Nr tel.", "Kod pocztowy", "Miejscowość", "Województwo"],
         ["first_name", "last_name", "email", "phone", "postcode", "town", "region"]),
        (["Nombre", "Apellidos", "Correo electrónico", "Teléfono móvil", "Código postal", "Población", "Provincia"],
         ["first_name", "last_name", "email", "phone", "postcode", "town", "region"]),
        (["Vorname", "Nachname", "E-Mail", "Handynummer", "PLZ", "Ort", "Bundesland"],
         ["first_name", "last_name", "email", "phone", "postcode", "town", "region"]),
        (["Prénom", "Nom", "Courriel", "Téléphone portable", "Code postal", "Ville", "Département"],
         ["first_name", "last_name", "email", "phone", "postcode", "town", "region"]),
    ],
)  # fmt: skip
def test_it_knows_the_header_words_of_five_languages(columns: list[str], roles: list[str]) -> None:
    assert _roles(columns) == roles


def test_several_phone_columns_keep_their_order() -> None:
    mapping = mapping_from_guesses(guess_columns(["landline", "name", "phone2", "Mobile"], []))
    assert [column.name for column in mapping.phones] == [
        "landline",
        "phone2",
        "Mobile",
    ]


def test_values_speak_where_the_header_is_silent() -> None:
    columns = [f"Column {at}" for at in range(1, 6)]
    assert _roles(columns, ROWS) == ["other", "other", "other", "phone", "email"]


def test_a_fax_a_date_and_a_consent_are_no_phone() -> None:
    rows = [["504-555-0100", "2024-01-02", "yes"]] * 3
    assert _roles(["Fax", "Phone date", "Phone consent"], rows) == [
        "other",
        "other",
        "other",
    ]
    assert not phone_like("2024-01-02")
    assert phone_like("(504) 555-0100 x12")


def test_what_is_unknown_is_suggested_as_never_shown() -> None:
    seen = {g.name: g.visibility for g in guess_columns([*HEADER, "zip", "address", "iban"], ROWS)}
    assert seen == {
        "first_name": "before", "last_name": "before", "city": "before", "phone1": "never", "email": "verified",
        "zip": "verified", "address": "verified", "iban": "never",
    }  # fmt: skip


def test_state_is_the_region_where_county_is_there_too() -> None:
    assert _roles(["county", "state"]) == ["other", "region"]
    assert _roles(["county"]) == ["region"]


def test_labels_are_words_for_people() -> None:
    labels = [
        guess.label
        for guess in guess_columns(["first_name", "Column 2", "IBAN"], [["a", "504-555-0100", "b"]])
    ]
    assert labels == ["First name", "Phone", "IBAN"]


def test_options_map_columns_in_file_order_and_forgive_case() -> None:
    mapping = parse_mapping(["phone=PHONE1", "first_name=first_name", "other=city"], HEADER)
    assert [(column.name, column.index) for column in mapping.phones] == [("phone1", 3)]
    assert [column.name for column in mapping.fields] == ["first_name", "city"]


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (["phone=phon1"], "unknown_column", "“phone1”"),
        (["phone=zzz"], "unknown_column", "Columns: “first_name”"),
        (["fone=phone1"], "unknown_role", "“phone”"),
        (["phone"], "bad_option", "role=column"),
        (["phone=phone1", "email=phone1"], "used_twice", "twice"),
        (["email=email"], "no_phone", "phone"),
    ],
)
def test_a_wrong_option_names_the_nearest_right_one(options: list[str], code: str, word: str) -> None:
    with pytest.raises(MappingError) as caught:
        parse_mapping(options, HEADER)
    assert caught.value.code == code
    assert word in caught.value.sentence


def test_no_mapping_exists_without_a_phone() -> None:
    with pytest.raises(MappingError):
        Mapping(phones=(), fields=())
