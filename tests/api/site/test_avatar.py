"""Pictures: decoded, drawn anew, and handed out safely; what is none is refused."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from presage.api.site import pictures
from presage.api.site.pictures import BadForm, NotAnImage, drawn, files_of
from tests.api.asking import Answer
from tests.api.site.world import Member, World, code_of

LIMIT = 2_097_152
NAMES = frozenset({"file", "avatar"})


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), **more: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, more.pop("color", (200, 30, 30))).save(out, kind, **more)
    return out.getvalue()


def form(*parts: tuple[str, bytes]) -> tuple[bytes, str]:
    """A body and its content type."""
    body = b""
    for name, content in parts:
        head = f'content-disposition: form-data; name="{name}"; filename="a.png"\r\n'
        body += b"--mark\r\n" + head.encode() + b"content-type: image/png\r\n\r\n"
        body += content + b"\r\n"
    return body + b"--mark--\r\n", "multipart/form-data; boundary=mark"


def upload(member: Member, *parts: tuple[str, bytes]) -> Answer:
    body, kind = form(*parts)
    headers = (
        (b"authorization", f"Bearer {member.key()}".encode()),
        (b"content-type", kind.encode()),
    )
    return send_raw(member.world, body, headers)


def send_raw(world: World, body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> Answer:
    from tests.api.asking import ask, request

    return world.do(ask(world.running.door, request("POST", "/api/me/avatar", headers, body)))


@pytest.fixture(autouse=True)
def unlimited(world: World) -> None:
    world.set("AVATARS_PER_HOUR", 0)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_becomes_two_squares(world: World, kind: str) -> None:
    ann = world.join()
    answer = upload(ann, ("file", picture(kind)))
    assert answer.status == 200, answer.body
    shown = answer.json
    assert (shown["width"], shown["height"], shown["format"]) == (512, 512, "WEBP")
    served = world.send("GET", shown["avatarUrl"])
    assert (served.status, served.headers["content-type"]) == (200, "image/webp")
    assert len(served.body) == shown["bytes"]
    with Image.open(BytesIO(served.body)) as image:
        assert (image.format, image.size) == ("WEBP", (512, 512))
    small = world.send("GET", shown["avatarUrl"].replace("-512", "-128"))
    with Image.open(BytesIO(small.body)) as image:
        assert image.size == (128, 128)
    assert ann.get("/api/auth/me")["user"]["avatarUrl"] == shown["avatarUrl"]


def test_pictures_are_handed_out_to_be_kept_and_to_do_nothing(world: World) -> None:
    url = upload(world.join(), ("avatar", picture())).json["avatarUrl"]
    headers = world.send("GET", url).headers
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    again = world.send("GET", url, None, ((b"if-none-match", headers["etag"].encode()),))
    assert (again.status, again.body) == (304, b"")
    for name in ("nobody.webp", "..%2f..%2fsecret.key", "0" * 32 + "-512.webp", "x" * 40):
        assert world.send("GET", f"/media/{name}").status == 404


def test_the_picture_before_is_gone_and_the_last_can_be_removed(world: World) -> None:
    ann = world.join()
    first = upload(ann, ("file", picture(color=(1, 2, 250)))).json["avatarUrl"]
    second = upload(ann, ("file", picture(color=(1, 250, 3)))).json["avatarUrl"]
    assert first != second
    assert world.send("GET", first).status == 404
    assert world.send("GET", second).status == 200
    assert ann.call("DELETE", "/api/me/avatar").json == {"deleted": True}
    assert world.send("GET", second).status == 404
    assert ann.get("/api/auth/me")["user"]["avatarUrl"] is None
    assert ann.call("DELETE", "/api/me/avatar").json == {"deleted": False}


def test_two_members_may_have_the_same_picture(world: World) -> None:
    ann, bob = world.join(), world.join()
    url = upload(ann, ("file", picture(size=(7, 7)))).json["avatarUrl"]
    assert upload(bob, ("file", picture(size=(7, 7)))).json["avatarUrl"] == url
    assert ann.call("DELETE", "/api/me/avatar").status == 200
    assert world.send("GET", url).status == 200


@pytest.mark.parametrize(("more", "status"), [(-1, 200), (0, 200), (1, 413)])
def test_two_mebibytes_and_no_byte_more(world: World, more: int, status: int) -> None:
    image = picture()
    padded = image + b"\0" * (LIMIT + more - len(image))  # what follows the picture is dropped
    answer = upload(world.join(), ("file", padded))
    assert answer.status == status
    if status == 413:
        assert code_of(answer) == (413, "body_too_large")


def test_much_too_large_a_body_is_not_even_read(world: World) -> None:
    answer = upload(world.join(), ("file", b"\0" * (3 << 20)))
    assert code_of(answer) == (413, "body_too_large")


def bomb() -> bytes:
    """A small PNG that says it is 4,000 by 5,000 points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 5_000, 5_000, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 5_001 * 5_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


NO_PICTURES = {
    "renamed HTML": b"<html><script>alert(1)</script></html>",
    "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "a truncated PNG": picture()[:-20],
    "a truncated JPEG": picture("JPEG", (300, 300))[:-200],
    "a bomb": bomb(),
    "too wide": picture(size=(4_097, 1)),
    "nothing": b"",
    "a BMP": picture("BMP"),
    "a TIFF": picture("TIFF"),
    "an ICO": picture("ICO"),
    "a magic number alone": b"\x89PNG\r\n\x1a\n",
    "a broken GIF": b"GIF89a\xff\xff\xff\xff\x00",
    "a PDF": b"%PDF-1.7\n",
}


@pytest.mark.parametrize("data", NO_PICTURES.values(), ids=NO_PICTURES.keys())
def test_what_is_no_picture_is_refused(world: World, data: bytes) -> None:
    answer = upload(world.join(), ("file", data))
    assert code_of(answer) == (400, "not_an_image")


def test_the_largest_picture_that_is_taken() -> None:
    assert len(drawn(picture(size=(4_000, 4_000)))) == 2
    with pytest.raises(NotAnImage):
        drawn(picture(size=(4_096, 3_907)))


def test_of_an_animation_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in ((255, 0, 0), (0, 0, 255))]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=50)
    with Image.open(BytesIO(drawn(out.getvalue())[0].content)) as image:
        assert not getattr(image, "is_animated", False)
        red, _, blue = image.convert("RGB").getpixel((10, 10))  # type: ignore[misc]
    assert (red > 200, blue < 50) == (True, True)


def test_nothing_that_a_picture_carries_along_survives() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home, 52.5N 13.4E"
    exif[0x0112] = 6  # turned by a quarter
    source = Image.new("RGB", (60, 60), (0, 0, 255))
    source.paste((255, 0, 0), (0, 0, 60, 30))  # the upper half is red
    out = BytesIO()
    source.save(out, "JPEG", exif=exif, comment=b"a secret comment", quality=95)
    data = out.getvalue() + b"<script>trailing</script>"
    assert b"taken at home" in data
    for one in drawn(data):
        assert b"taken" not in one.content
        assert b"secret" not in one.content
        assert b"script" not in one.content
        with Image.open(BytesIO(one.content)) as image:
            assert not image.getexif()
            right = image.convert("RGB").getpixel((one.side - 9, one.side // 2))
            assert right[0] > 200, "turned as it was to be seen"  # type: ignore[index]


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ((), 400),
        ((("picture", picture()),), 400),
        ((("file", picture()), ("avatar", picture())), 400),
        ((("file", picture()), ("file", picture())), 400),
        ((("file", picture()), ("title", b"me")), 200),
    ],
)
def test_exactly_one_file(world: World, parts: tuple[tuple[str, bytes], ...], status: int) -> None:
    assert upload(world.join(), *parts).status == status


def test_a_body_that_is_no_form(world: World) -> None:
    ann = world.join()
    key = (b"authorization", f"Bearer {ann.key()}".encode())
    as_json = send_raw(world, b"{}", (key, (b"content-type", b"application/json")))
    assert code_of(as_json) == (400, "bad_content_type")
    kind = (b"content-type", b"multipart/form-data; boundary=mark")
    assert code_of(send_raw(world, b"--mark\r\nhalf", (key, kind))) == (400, "validation_failed")
    assert send_raw(world, b"", ((b"content-type", kind[1]),)).status == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"--mark--", b"--mark\r\n\r\nx\r\n--mark", b"--mark\r\nx: y\r\n\r\nz\r\n--mark--"],
)
def test_forms_that_are_not_whole(body: bytes) -> None:
    kind = b"multipart/form-data; boundary=mark"
    if body == b"--mark--":
        assert files_of(kind, body, NAMES) == []
        return
    with pytest.raises(BadForm):
        files_of(kind, body, NAMES)


def test_a_form_is_read_byte_by_byte() -> None:
    content = b"\r\n--mar\r\n\0\xff--mark"
    body, _ = form(("file", content))
    quoted = b'multipart/form-data; charset=x; boundary="mark"'
    assert files_of(quoted, body, NAMES) == [content]


def test_ten_an_hour(world: World) -> None:
    world.set("AVATARS_PER_HOUR", 2)
    ann = world.join()
    assert [upload(ann, ("file", picture())).status for _ in range(3)] == [200, 200, 429]


def test_more_than_can_wait_are_asked_to_come_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MOST_WAITING", 0)
    answer = upload(world.join(), ("file", picture()))
    assert code_of(answer) == (429, "rate_limited")
    assert int(answer.headers["retry-after"]) >= 1
