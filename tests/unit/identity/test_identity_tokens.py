"""Tokens: random, easy to carry, stored as the hash that SQL computes too."""

import hashlib
import re

from tenants.identity.tokens import hash_token, new_api_token, new_token


def test_tokens_differ_and_need_no_escaping() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in tokens)


def test_an_api_token_can_be_told_by_its_beginning() -> None:
    assert re.fullmatch(r"kt_[A-Za-z0-9_-]{43}", new_api_token())


def test_the_hash_is_sha256_of_the_text_as_in_sql() -> None:
    assert hash_token("kt_abc") == hashlib.sha256(b"kt_abc").digest()
    assert hash_token("kt_abc") != hash_token("kt_abd")
