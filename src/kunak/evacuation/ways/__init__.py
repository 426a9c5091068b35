"""Ways out: which exist for exactly these papers, and what each costs in hours, money, risk and exposure.

The planner is pure: it is given the bytes of the bundled world and a profile, and answers. The way through
it: ``profile`` (the question), ``world`` (the data); ``rules``, ``gates`` and ``rows`` (which layer speaks);
``reach``, ``risk`` and ``steps`` (what a step exposes); ``atlas`` and ``network`` with ``air``, ``land`` and
``own`` (the steps that exist); ``search`` (the exact front) and ``choosing`` (which of it is shown);
``telling``, ``noting`` and ``words`` (what is said, in any language); ``answer`` (the result). docs/ways.md
explains the model.
"""

from kunak.evacuation.ways.answer import Answer, Plan, as_json
from kunak.evacuation.ways.profile import Profile
from kunak.evacuation.ways.routes import find_ways
from kunak.evacuation.ways.world import World

__all__ = ["Answer", "Plan", "Profile", "World", "as_json", "find_ways"]
