"""What Schemathesis cannot know of the admin API. Loaded by it, see api_tool.py."""

import base64
import json
import os
import random
import re
import urllib.request
import uuid

import schemathesis
from hypothesis import strategies
from schemathesis.generation.meta import CoverageScenario

# One white pixel, and half a second of silence. What a file is, its content says, so either will do for all its types.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="
)
SILENCE = (
    b"RIFF" + (4036).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little") + b"\1\0\1\0"
    + (8000).to_bytes(4, "little") * 2 + b"\1\0\x08\0data" + (4000).to_bytes(4, "little") + b"\x7f" * 4000
)
# A file of stock, and any document of rules; texts that are none are no news.
STOCK = b"kind;key;pool\nextension;201;Sales\n"
RULES = b'[[rule]]\nname = "Sales"\ngroup = "Sales"\nextensions = [{ pool = "sales" }]\n'

for file, media_types in {
    PIXEL: ("image/png", "image/jpeg", "image/webp"),
    SILENCE: ("audio/wav", "audio/mpeg", "audio/ogg"),
    STOCK: ("text/csv",),
    RULES: ("application/toml",),
}.items():
    for media_type in media_types:
        schemathesis.openapi.media_type(media_type, strategies.just(file))


def send(method: str, path: str, media_type: str, body: bytes) -> bytes:
    """What the daemon answers to a request of ours."""
    headers = {"Authorization": f"Bearer {os.environ['DESKGATE_TEST_TOKEN']}", "Content-Type": media_type}
    url = f"{os.environ['DESKGATE_TEST_URL']}/api/v1{path}"
    with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=30) as answer:
        return answer.read()


def made(path: str, body: dict[str, str]) -> str:
    """The identifier of something new."""
    return json.loads(send("POST", path, "application/json", json.dumps(body).encode()))["id"]


def new_employee() -> str:
    """The identifier of somebody who was not there before."""
    return made(
        "/employees", {"given_name": "Ada", "family_name": "Muster", "email": f"{uuid.uuid4().hex}@x.example"}
    )


def number(usage: str = "voice") -> dict[str, str]:
    """A phone number that nobody else has."""
    return {"numbers": f"+49 30 {random.randrange(10**6, 10**8)}", "usage": usage}


# What no schema can say: bodies that can be carried out, by operation. The rest of them is the tool's.
BODIES = {
    "create_desk": lambda: {"employee": new_employee()},
    "add_numbers": number,
    "add_extensions": lambda: {"extensions": str(random.randrange(10**5, 10**6))},
    "add_device": lambda: {"user_name": f"phone-{random.getrandbits(40):x}"},
    "add_destination": lambda: {"target": random.choice(["sip:lab@192.0.2.7", "+49 30 1234500"])},
    "add_mailbox": lambda: {"notify": "team@example.com"},
    "add_announcement": dict,
    "give_grant": lambda: {"permission": "mailboxes", "level": random.choice(["use", "manage"])},
}
# What may be left out, and is seldom there.
NOBODYS = ["pool", "owner", "answers"]


@schemathesis.hook
def before_call(context, case, **_):
    """Makes a request that fits its schema one that can be carried out."""
    # Whoever guesses at tokens from one address has to wait (L5): every request comes from an address of its own. A request
    # about which a header is missing must stay as it is.
    if case.meta is None or getattr(case.meta.phase.data, "scenario", None) != CoverageScenario.MISSING_PARAMETER:
        case.headers["X-Forwarded-For"] = f"2001:db8:{random.getrandbits(16):x}:{random.getrandbits(16):x}::1"
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    # Its version is that of the resource.
    if "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    # Two requests with one key have to be one request.
    key = case.headers.get("Idempotency-Key")
    if key and re.fullmatch(r'"?[!#-\[\]-~]{1,255}"?', key):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    operation = case.operation.definition.raw.get("operationId")
    if operation == "give_grant" and isinstance(case.body, dict):
        case.body.clear()
    if isinstance(case.body, dict) and operation in BODIES:
        case.body.update(BODIES[operation]())
        for name in NOBODYS:
            case.body.pop(name, None)
    # Few have a photo.
    if operation in ("get_photo", "delete_photo"):
        case.path_parameters["id"] = new_employee()
        send("PUT", f"/employees/{case.path_parameters['id']}/photo", "image/png", PIXEL)
    # Nor has a new announcement a sound.
    if operation in ("get_announcement_audio", "delete_announcement_audio"):
        case.path_parameters["id"] = made("/announcements", {"name": uuid.uuid4().hex})
        send("PUT", f"/announcements/{case.path_parameters['id']}/audio", "audio/wav", SILENCE)
