import subprocess
import sys
from dataclasses import replace

import pytest

from auditor.collector import READING
from collectors import COLLECTORS, vpcs


@pytest.mark.parametrize("operation", ["CreateVpc", "AcceptVpcPeeringConnection", "DeleteVpc", "describeVpcs", ""])
def test_a_declaration_that_could_do_more_than_read_is_refused(operation: str) -> None:
    with pytest.raises(ValueError, match=f"^ec2:{operation} could do more than read"):
        replace(vpcs.COLLECTOR, operation=operation)


def test_a_module_that_declares_one_cannot_be_imported() -> None:
    code = "from auditor.collector import Collector as C; C(service='ec2', operation='RunInstances', record=object)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.endswith(
        "ValueError: ec2:RunInstances could do more than read: "
        "an operation that is collected begins with Describe, Get, List or Search\n"
    )


def test_every_declared_operation_only_reads() -> None:
    assert all(each.operation.startswith(READING) for each in COLLECTORS)
