"""The relay: the public page, and a store of sealed blobs between it and the office. A process of its own.

It holds only what is sealed to keys that are elsewhere, and knows neither members nor cases. It writes down
no address, no browser and no time. Without script it sees a text for a moment in memory, then seals it.
"""

from kunak.exchange.relay.app import build_app
from kunak.exchange.relay.serving import serve

__all__ = ["build_app", "serve"]
