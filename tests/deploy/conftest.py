import sys
from pathlib import Path

# A relay that really runs, and people who write to it.
sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("exchange", "contracts")]
