"""The quotas of Amazon VPC that apply to the account in the Region.

Source: https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html
"""

from auditor.collector import Collector, Parameters
from auditor.model import ServiceQuotas
from auditor.snapshot import Shard


def _amazon_vpc(_: Shard) -> list[Parameters]:
    return [{"ServiceCode": "vpc"}]


COLLECTOR = Collector(
    service="service-quotas",
    operation="ListServiceQuotas",
    record=ServiceQuotas,
    optional=True,
    parameters=_amazon_vpc,
    identity="ServiceCode",
    iam_prefix="servicequotas",
)
