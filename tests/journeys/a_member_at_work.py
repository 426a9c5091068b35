"""A member at their own terminal: a process that runs the commands it is told, with a clock some minutes on.

python a_member_at_work.py          reads lines of JSON [minutes, [argument…]], answers [exit code, output]
"""

import json
import sys
from datetime import timedelta

from click.testing import CliRunner

from kunak.cli import desk, main
from kunak.workbench import utc_now


def work() -> None:
    """Until nobody says anything any more."""
    for line in sys.stdin:
        minutes, arguments = json.loads(line)
        late = timedelta(minutes=minutes)
        desk.utc_now = lambda late=late: utc_now() + late
        told = CliRunner().invoke(main, arguments)
        print(json.dumps([told.exit_code, told.output]), flush=True)


work()
