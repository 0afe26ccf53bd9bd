import json
from pathlib import Path

import pytest

from auditor.targets import TargetError
from auditor.targets.selection import read_accounts, read_session_policy


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "file.txt"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def accounts_refusal(file: Path) -> str:
    with pytest.raises(TargetError) as raised:
        read_accounts(file)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def policy_refusal(file: Path) -> str:
    with pytest.raises(TargetError) as raised:
        read_session_policy(file)
    assert "\n" not in str(raised.value)
    return str(raised.value)


# --- Accounts


@pytest.mark.parametrize(
    "text",
    [
        "111111111111\n222222222222\n",
        "111111111111\r\n222222222222",
        "# the hub\n111111111111  # network\n\n  222222222222\t\n",
        "\ufeff111111111111\n222222222222\n",
    ],
    ids=["plain", "windows", "comments", "byte order mark"],
)
def test_a_file_of_accounts_holds_one_id_a_line(tmp_path: Path, text: str) -> None:
    assert read_accounts(written(tmp_path, text)) == ("111111111111", "222222222222")


@pytest.mark.parametrize("line", ["11111111111", "1111111111111", "prod", "111111111111 222222222222", "١" * 12])
def test_a_line_that_is_no_account_is_named_with_its_file_and_number(tmp_path: Path, line: str) -> None:
    file = written(tmp_path, f"# accounts\n111111111111\n{line}\n")
    assert accounts_refusal(file) == f"{file}: line 3: {line!r} is not an account id of 12 digits"


@pytest.mark.parametrize("text", ["", "\n", "# nobody\n"])
def test_a_file_without_an_account_is_refused(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text)
    assert accounts_refusal(file) == f"{file}: no account id: write one a line"


def test_a_file_that_is_not_there_a_folder_and_one_that_is_no_text_are_refused(tmp_path: Path) -> None:
    assert accounts_refusal(tmp_path / "none").endswith("none: cannot be read: No such file or directory")
    assert accounts_refusal(tmp_path).endswith("cannot be read: Is a directory")
    assert accounts_refusal(written(tmp_path, b"\xff\xfe1")).endswith("cannot be read: it is not UTF-8")


# --- The session policy


def test_a_session_policy_is_sent_without_its_white_space(tmp_path: Path) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]}
    policy = read_session_policy(written(tmp_path, json.dumps(document, indent=4)))
    assert json.loads(policy) == document
    assert policy == json.dumps(document, separators=(",", ":"))


def test_a_session_policy_that_is_no_json_is_named_with_its_place(tmp_path: Path) -> None:
    file = written(tmp_path, '{\n  "Statement": [,]\n}')
    assert policy_refusal(file) == f"{file}: line 2, column 17: not JSON: Expecting value"


@pytest.mark.parametrize("text", ["[]", "{}", '"Statement"', "null"])
def test_json_that_is_no_policy_is_refused(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text)
    assert policy_refusal(file) == f'{file}: not an IAM policy: expected an object with a "Statement"'


def test_a_session_policy_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    assert policy_refusal(written(tmp_path, "[" * 100_000)).endswith("not a policy: nested too deep")


def test_a_session_policy_longer_than_aws_takes_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, json.dumps({"Statement": ["x" * 2031]}))
    assert policy_refusal(file) == (
        f"{file}: the policy has 2049 characters without white space; AWS takes 2048 at most"
    )
    assert len(read_session_policy(written(tmp_path, json.dumps({"Statement": ["x" * 2030]}, indent=9)))) == 2048
