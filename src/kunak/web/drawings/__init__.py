"""Drawings made by the server: SVG as text, ready to stand inline in a page under a strict policy.

Pure functions of small frozen facts (``shapes``). The map shows ways, never people; the strip shows kept
and missed check-ins, never positions. static/drawings.css adds the dark palette and the highlighting.
"""

from kunak.web.drawings.front import front_plot
from kunak.web.drawings.map import ways_map
from kunak.web.drawings.outlines import bundled as bundled_outlines
from kunak.web.drawings.strip import journey_strip
from kunak.web.drawings.timeline import case_days, case_timeline

__all__ = ["bundled_outlines", "case_days", "case_timeline", "front_plot", "journey_strip", "ways_map"]
