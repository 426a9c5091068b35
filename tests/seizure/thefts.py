"""All thefts, in the order of their rows in docs/threats.md, by the story in which they are carried out.

Each theft is carried out with real bytes: files as they lie, the memory of processes as it is. What is found
is kept in found.json, and tools/write_threats.py makes the table of docs/threats.md of it.
"""

from thefts_at_work import AT_WORK
from thefts_elsewhere import ELSEWHERE
from thefts_of_devices import OF_DEVICES

STORIES = {"the office at work": (*AT_WORK, *ELSEWHERE), "devices of their own": OF_DEVICES}
THEFTS = (*AT_WORK, *OF_DEVICES, *ELSEWHERE)
