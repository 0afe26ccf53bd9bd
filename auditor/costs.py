"""What the hours and gigabytes of endpoints and NAT gateways cost in a month.

AWS charges for an interface endpoint by the hour in each Availability Zone, and for each gigabyte; for a NAT gateway by
the hour and for each gigabyte. What was carried is that of the last 30 days, where the run asked for metrics.

Sources: https://aws.amazon.com/privatelink/pricing/ and https://aws.amazon.com/vpc/pricing/
"""

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.findings import Saving
from auditor.network.entities import Endpoint, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.usage import carried_by_endpoint, carried_by_nat_gateway, public_nat_gateways, was_asked
from auditor.prices import GIGABYTE, HOURS_A_MONTH, PriceTable, cost_of
from auditor.snapshot import Target


def hours_of(endpoint: Endpoint, prices: PriceTable, subnet_ids: Iterable[str] | None = None) -> tuple[Saving, ...]:
    """The hours of an interface endpoint in the zones of its subnets, or of some of them; none without a price."""
    price = prices.of(endpoint.home.region).interface_endpoint_hour
    if price is None or endpoint.type != "Interface":
        return ()
    chosen = endpoint.record.subnet_ids if subnet_ids is None else subnet_ids
    return tuple(
        Saving(resource=f"{endpoint.id}/{subnet_id}", of="hours", quantity=HOURS_A_MONTH, price_usd=price)
        for subnet_id in chosen or ()
    )


def gigabytes_of(network: Network, endpoint: Endpoint, prices: PriceTable) -> Saving | None:
    """What an interface endpoint carried; None where it was not asked for, was not seen, or has no price.

    The price is the average one of all that the account's interface endpoints carried in the Region: the tiers count
    them together.
    """
    tiers = prices.of(endpoint.home.region).interface_endpoint_gb
    own = _gigabytes(network, endpoint)
    if tiers is None or own is None:
        return None
    total = _gigabytes_in_region(network, endpoint.home)
    price = cost_of(total, tiers) / total if total else tiers[0].usd
    return Saving(resource=endpoint.id, of="gigabytes", quantity=own, price_usd=price)


def _gigabytes(network: Network, endpoint: Endpoint) -> float | None:
    if endpoint.type != "Interface" or not was_asked(network, endpoint.home):
        return None
    carried = carried_by_endpoint(network, endpoint)
    return None if isinstance(carried, Missing) else carried / GIGABYTE


@remembered
def _gigabytes_in_region(network: Network, at: Target) -> float:
    return sum(_gigabytes(network, each) or 0.0 for each in network.endpoints.values() if each.home == at)


@dataclass(frozen=True)
class NatTraffic:
    """What the public NAT gateways of a VPC carried in the last 30 days."""

    gigabytes: tuple[tuple[str, float], ...]
    """Of each gateway, by its id."""
    price_gb: float

    @property
    def total(self) -> float:
        """The gigabytes of all of them."""
        return sum(carried for _, carried in self.gigabytes)

    @property
    def savings(self) -> tuple[Saving, ...]:
        """What to send some of it another way saves at most."""
        return tuple(
            Saving(resource=gateway, of="gigabytes", quantity=carried, price_usd=self.price_gb, at_most=True)
            for gateway, carried in self.gigabytes
        )


def nat_traffic(network: Network, vpc: Vpc, prices: PriceTable) -> NatTraffic | Missing | None:
    """The traffic of a VPC's public NAT gateways; None where metrics were not asked for, or there is no price."""
    price = prices.of(vpc.home.region).nat_gateway_gb
    if price is None or not was_asked(network, vpc.home):
        return None
    gateways = public_nat_gateways(network, vpc)
    if gateways.missing:
        return gateways.missing
    found: list[tuple[str, float]] = []
    for gateway in gateways:
        carried = carried_by_nat_gateway(network, gateway.nat_gateway_id, vpc.home)
        if isinstance(carried, Missing):
            return carried
        found.append((gateway.nat_gateway_id, carried / GIGABYTE))
    return NatTraffic(tuple(sorted(found)), price)


def dollars(savings: Iterable[Saving]) -> str:
    """What savings come to, as messages print it."""
    return f"${sum(saving.usd for saving in savings):,.2f}"
