import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from auditor.collect import call_error
from tests.hooked_aws import refused


def test_a_code_and_a_message_of_aws_are_kept_and_others_have_the_name_of_their_exception() -> None:
    of_aws, other = call_error(refused("Blocked", "Your account is\ncurrently blocked.")), call_error(OSError("reset"))
    assert (of_aws.code, of_aws.message, of_aws.kind) == ("Blocked", "Your account is currently blocked.", "refused")
    assert (other.code, other.message, other.kind) == ("OSError", "reset", "failed")


def test_a_body_that_cannot_be_read_is_not_repeated() -> None:
    tunnel = "<ike_pre_shared_key>vpn-secret</ike_pre_shared_key>"
    reason = "Unable to parse response (no element found: line 1, column 9), invalid XML received"
    error = ResponseParserError(f"{reason}. Further retries may succeed:\nb'{tunnel}\n{tunnel}'")
    assert call_error(error).message == reason


@pytest.mark.parametrize("name", ["x-amz-security-token", "X-Amz-Security-Token"])
def test_a_session_token_that_aws_repeats_is_masked_whosever_it_is(name: str) -> None:
    canonical = (
        f"The Canonical String for this request should have been 'POST\nhost:sts\n{name}:FwoGZXIvYXdz/+=\n\nhost'"
    )
    error: ClientError = refused("SignatureDoesNotMatch", canonical)
    assert call_error(error).message.endswith(f"'POST host:sts {name}:*** host'")
