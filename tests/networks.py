"""The network of a world or of a snapshot."""

from auditor.network.coverage import Coverage
from auditor.network.network import Network
from auditor.snapshot import Snapshot
from collectors import COLLECTORS
from tests.world import World


def network_of(seen: World | Snapshot) -> Network:
    return Network(Coverage(seen.snapshot() if isinstance(seen, World) else seen, COLLECTORS))
