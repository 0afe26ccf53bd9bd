"""What NAT gateways and interface endpoints carried, day by day, over the month before the collection.

CloudWatch answers up to 500 metrics a call, and charges for each. It is asked only where somebody wants it.
Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html,
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway-cloudwatch.html and
https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-cloudwatch-metrics.html
"""

import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from auditor.collector import Collector, Parameters
from auditor.model import MetricDataResult, NatGateway, VpcEndpoint
from auditor.snapshot import Shard

WINDOW = timedelta(days=30)
"""How far back the metrics go."""

_PERIOD = 86_400
"""A sum for each day, in seconds: CloudWatch keeps those for 455 days."""

_AT_ONCE = 500

_NAT_GATEWAY = ("BytesOutToDestination", "BytesOutToSource")
_ENDPOINT = {"BytesProcessed": "Sum", "ActiveConnections": "Maximum"}


def _batches(shard: Shard) -> Iterator[Parameters]:
    """The queries of a Region, as many a call as CloudWatch takes."""
    end = datetime.fromisoformat(shard.collected_at)
    queries = itertools.chain(_of_nat_gateways(shard), _of_endpoints(shard))
    while batch := list(itertools.islice(queries, _AT_ONCE)):
        yield {
            "StartTime": end - WINDOW,
            "EndTime": end,
            "MetricDataQueries": [{"Id": f"q{number}", **query} for number, query in enumerate(batch)],
        }


def _of_nat_gateways(shard: Shard) -> Iterator[Mapping[str, Any]]:
    for gateway in shard.items("ec2:DescribeNatGateways"):
        for metric in _NAT_GATEWAY:
            gateway_id = gateway["NatGatewayId"]
            yield _query("AWS/NATGateway", metric, "Sum", gateway_id, {"NatGatewayId": gateway_id})


def _of_endpoints(shard: Shard) -> Iterator[Mapping[str, Any]]:
    for endpoint in shard.items("ec2:DescribeVpcEndpoints"):
        if endpoint.get("VpcEndpointType") != "Interface":
            continue
        dimensions = {
            "Endpoint Type": "Interface",
            "Service Name": endpoint["ServiceName"],
            "VPC Endpoint Id": endpoint["VpcEndpointId"],
            "VPC Id": endpoint["VpcId"],
        }
        for metric, statistic in _ENDPOINT.items():
            yield _query("AWS/PrivateLinkEndpoints", metric, statistic, endpoint["VpcEndpointId"], dimensions)


def _query(
    namespace: str, metric: str, statistic: str, resource: str, dimensions: Mapping[str, str]
) -> Mapping[str, Any]:
    return {
        "Label": f"{resource} {metric}",
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            },
            "Period": _PERIOD,
            "Stat": statistic,
        },
    }


COLLECTOR = Collector(
    service="cloudwatch",
    operation="GetMetricData",
    record=MetricDataResult,
    key="MetricDataResults",
    optional=True,
    on_request=True,
    parents=(NatGateway, VpcEndpoint),
    parameters=_batches,
)
