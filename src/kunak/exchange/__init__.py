"""What crosses between the office and the world: the relay, return codes, mailboxes, the office's post.

The relay (``kunak.exchange.relay``) is a process of its own that holds only sealed blobs. The office side
(``kunak.exchange.post.Post``) collects what arrived and delivers replies.
"""

from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import Reply
from kunak.exchange.report import Report

__all__ = ["Reply", "Report", "ReturnCode"]
