"""Pictures over HTTP: by content, within a limit, never anything but a picture."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from one_picture import OWNER, PHOTO, PNG, photographed

from api.routes import photos

pytestmark = pytest.mark.server

URL = "/api/v1/photos?actor=inspector 7"


def test_a_picture_is_named_by_its_content_and_stored_once(own_client: TestClient) -> None:
    first, again = (own_client.post(URL, content=PNG) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    told = first.json()
    assert (told["id"], told["media_type"], told["actor"]) == (PHOTO, "image/png", "inspector 7")
    assert (told["taken"], told["lon"]) == ("2026-07-01T06:03:20Z", 120.1)
    assert own_client.get(f"/api/v1/photos/{PHOTO}/facts").json() == told


@pytest.mark.parametrize(
    ("named", "called"),
    [("a.jpg", "text/html"), ("page.html", "image/jpeg"), ("x", "application/octet-stream")],
)
def test_a_form_is_read_and_its_names_are_not_believed(
    own_client: TestClient, named: str, called: str
) -> None:
    sent = photographed()
    answer = own_client.post(URL, files={"file": (named, sent, called)})
    assert (answer.status_code, answer.json()["media_type"]) == (201, "image/jpeg")


def test_a_picture_is_served_as_a_picture_only(own_client: TestClient) -> None:
    own_client.post(URL, content=PNG)
    for url, kind in (
        (f"/api/v1/photos/{PHOTO}", "png"),
        (f"/api/v1/photos/{PHOTO}/thumbnail", "jpeg"),
    ):
        answer = own_client.get(url)
        assert answer.headers["content-type"] == f"image/{kind}"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"].startswith("private")
        assert OWNER.encode() not in answer.content
        seen = own_client.get(url, headers={"If-None-Match": answer.headers["etag"]})
        assert (seen.status_code, seen.content) == (304, b"")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"<html><script>alert(1)</script>", 415, "neither a JPEG nor a PNG nor a WebP"),
        (b"", 415, "neither"),
        (b"\0\0\0\x18ftypheic" + bytes(40), 415, "HEIC is not kept"),
        (photographed()[:-400], 415, "broken"),
        (bytes(3_000), 413, "A body may have 2000 bytes"),
    ],
)
def test_what_is_no_picture_is_refused(
    own_client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    body: bytes,
    status: int,
    said: str,
) -> None:
    monkeypatch.setattr(photos, "LARGEST", 2_000)
    answer = own_client.post(URL, content=body)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "multipart/form-data"}, b"x"),
        ({"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\nnonsense"),
        ({"Content-Type": "multipart/form-data; boundary=b"},
         b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--b--\r\n'),
    ],
)  # fmt: skip
def test_a_form_that_is_none_or_has_no_file_is_refused(
    own_client: TestClient, headers: dict[str, str], body: bytes
) -> None:
    assert own_client.post(URL, content=body, headers=headers).status_code == 400


def test_a_picture_that_is_not_there_is_not_found(client: TestClient) -> None:
    for what in ("", "/thumbnail", "/facts"):
        assert client.get(f"/api/v1/photos/{PHOTO}{what}").status_code == 404
