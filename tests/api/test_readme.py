"""The requests that the README offers to try are answered."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("### As others speak it")[2].partition("\n## ")[0]


@pytest.mark.server
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on the PATH")
def test_every_request_of_the_section_is_answered(server):
    [case] = httpx.get(f"{server.url}/api/v1/cases?code=0506").json()["items"]
    blocks = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
    lines = "".join(blocks).replace("http://127.0.0.1:8080", server.url)
    lines = lines.replace("NUMBER", case["number"]).replace("api_key=KEY", "api_key=xyz")
    requests = [f"curl {each}" for each in lines.split("curl ")[1:]]
    assert len(requests) == 11
    for request in requests:
        said = subprocess.run(["sh", "-c", request], capture_output=True, check=False, timeout=60)
        assert said.returncode == 0, (request, said.stderr)
        assert len(said.stdout) > 50, request
