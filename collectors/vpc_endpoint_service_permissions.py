"""Who may connect to each endpoint service that the account provides.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServicePermissions.html
"""

from auditor.collector import Collector, Parameters
from auditor.model import ServiceConfiguration, VpcEndpointServicePermissions
from auditor.snapshot import Shard
from collectors import vpc_endpoint_service_configurations


def _each_service(shard: Shard) -> list[Parameters]:
    services = shard.items(vpc_endpoint_service_configurations.COLLECTOR.action)
    return [{"ServiceId": service["ServiceId"]} for service in services]


COLLECTOR = Collector(
    service="ec2",
    operation="DescribeVpcEndpointServicePermissions",
    record=VpcEndpointServicePermissions,
    parents=(ServiceConfiguration,),
    parameters=_each_service,
    identity="ServiceId",
    resource="arn:${Partition}:ec2:*:*:vpc-endpoint-service/*",
)
