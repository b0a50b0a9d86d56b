"""Fixtures of the ground under the product: a cluster of its own, never the one of an operator."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dialer.runtime.testcluster import TestCluster, start_test_cluster


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestCluster]:
    """A test cluster with roles, template and database made."""
    cluster = start_test_cluster(Path(tmp_path_factory.mktemp("ground")))
    try:
        yield cluster
    finally:
        cluster.stop()
