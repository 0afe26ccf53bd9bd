"""Route 53 Resolver endpoints: where DNS queries come into a VPC from other networks, or leave it for them."""

from auditor.collector import Collector
from auditor.model import ResolverEndpoint

COLLECTOR = Collector(
    service="route53resolver",
    operation="ListResolverEndpoints",
    key="ResolverEndpoints",
    record=ResolverEndpoint,
    optional=True,
)
