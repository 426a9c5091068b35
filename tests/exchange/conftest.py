import sys
from pathlib import Path

import pytest

# The suites that every store is held to, and the PostgreSQL server of a run.
sys.path.append(str(Path(__file__).parents[1] / "contracts"))

from relay_office import Office, office


@pytest.fixture
def relay(tmp_path: Path) -> Office:
    return office(tmp_path / "relay")
