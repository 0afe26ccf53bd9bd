"""Application, Network and Gateway Load Balancers."""

from auditor.collector import Collector
from auditor.model import LoadBalancer

COLLECTOR = Collector(
    service="elbv2",
    operation="DescribeLoadBalancers",
    key="LoadBalancers",
    record=LoadBalancer,
    optional=True,
    iam_prefix="elasticloadbalancing",
)
