import os
from pathlib import Path

import botocore.handlers
import pytest
from hypothesis import settings

from tests.hooked_aws import HookedAws

# A machine that does other work is no stopwatch. HYPOTHESIS_PROFILE=long looks twenty times further.
settings.register_profile("short", deadline=None)
settings.register_profile("long", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))

# moto reads this when it is imported: the default images cost seconds and no test looks at them.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"


@pytest.fixture(autouse=True)
def _no_aws_but_the_fake_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> HookedAws:
    hooked = HookedAws()
    handlers = [*botocore.handlers.BUILTIN_HANDLERS, ("before-call", hooked.before_call)]
    monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", handlers)
    return hooked
