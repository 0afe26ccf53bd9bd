"""Attachments of VPCs to transit gateways."""

from auditor.collector import Collector
from auditor.model import TransitGatewayVpcAttachment

COLLECTOR = Collector(
    service="ec2",
    operation="DescribeTransitGatewayVpcAttachments",
    key="TransitGatewayVpcAttachments",
    record=TransitGatewayVpcAttachment,
)
