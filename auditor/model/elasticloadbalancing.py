"""Records of Elastic Load Balancing: Application, Network and Gateway Load Balancers."""

from auditor.model.record import Record


class LoadBalancerState(Record, rename="pascal", frozen=True, kw_only=True):
    """Whether a load balancer works."""

    code: str | None = None
    reason: str | None = None


class LoadBalancer(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeLoadBalancers. One without security groups leaves out both members on them."""

    load_balancer_arn: str
    state: LoadBalancerState | None = None
    security_groups: tuple[str, ...] | None = None
    enforce_security_group_inbound_rules_on_private_link_traffic: str | None = None


class LoadBalancerAttribute(Record, rename="pascal", frozen=True, kw_only=True):
    """A setting of a load balancer."""

    key: str | None = None
    value: str | None = None


class LoadBalancerAttributes(Record, rename="pascal", frozen=True, kw_only=True):
    """What DescribeLoadBalancerAttributes says of one load balancer."""

    load_balancer_arn: str
    attributes: tuple[LoadBalancerAttribute, ...] | None = None
