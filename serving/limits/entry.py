"""The entry: all that is asked of whoever comes in, as the service was started with it, and who is inside now."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from serving.limits import keys, settings
from serving.limits.hosts import Hosts
from serving.limits.keys import Keys
from serving.limits.settings import Limits
from serving.limits.streams import Streams
from serving.limits.turns import Turns
from serving.limits.work import Works

HOSTS, LOG = "HABITUS_HOSTS", "HABITUS_LOG"
"""Host names that are allowed beside the loopback's, with commas between them; whether requests are logged."""


@dataclass
class Entry:
    """What requests pass on their way in."""

    limits: Limits = field(default_factory=Limits)
    keys: Keys = field(default_factory=Keys)
    hosts: Hosts = field(default_factory=Hosts)
    logs: bool = False
    """Whether each request is logged."""
    works: Works = field(default_factory=Works)
    held: int = 0
    """Bytes of the bodies of those inside."""

    def __post_init__(self) -> None:
        """Let nobody in yet."""
        self.turns = Turns(self.limits.in_flight, self.limits.queue)
        self.streams = Streams(self.limits.streams)


def read(environment: Mapping[str, str] = os.environ) -> Entry:
    """Return the entry that an environment declares.

    Raises:
        LimitError: a limit is set to what it cannot be.
        KeysError: keys are declared in a way that cannot be trusted.
    """
    hosts = [one.strip() for one in environment.get(HOSTS, "").split(",") if one.strip()]
    logs = environment.get(LOG, "") not in {"", "0"}
    return Entry(settings.read(environment), keys.read(environment), Hosts(hosts), logs)
