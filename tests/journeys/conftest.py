"""Journeys go through the whole house, so they borrow the hands of the other tests."""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path += [str(TESTS / room) for room in ("rooms", "exchange")]
