from pathlib import Path

import pytest
from relay_office import Office, office


@pytest.fixture
def relay(tmp_path: Path) -> Office:
    return office(tmp_path / "relay")
