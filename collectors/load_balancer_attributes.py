"""The settings of the load balancers that stand behind the account's endpoint services.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancerAttributes.html
"""

from auditor.collector import Collector, Parameters
from auditor.model import LoadBalancer, LoadBalancerAttributes, ServiceConfiguration
from auditor.snapshot import Shard
from collectors import load_balancers, vpc_endpoint_service_configurations


def _each_of_a_service(shard: Shard) -> list[Parameters]:
    # A service may name a load balancer that is gone: only those that are listed are asked for.
    listed = {each["LoadBalancerArn"] for each in shard.items(load_balancers.COLLECTOR.action)}
    named = {
        arn
        for service in shard.items(vpc_endpoint_service_configurations.COLLECTOR.action)
        for member in ("NetworkLoadBalancerArns", "GatewayLoadBalancerArns")
        for arn in service.get(member, ())
    }
    return [{"LoadBalancerArn": arn} for arn in sorted(listed & named)]


COLLECTOR = Collector(
    service="elbv2",
    operation="DescribeLoadBalancerAttributes",
    record=LoadBalancerAttributes,
    optional=True,
    parents=(LoadBalancer, ServiceConfiguration),
    parameters=_each_of_a_service,
    identity="LoadBalancerArn",
    iam_prefix="elasticloadbalancing",
)
