"""`http` as a config has it, from its YAML to its request."""

from __future__ import annotations

import json as js

from abilities.http import Http
from pipeline.config import load
from pipeline.net import opened
from tests.kit.alone import alone
from tests.kit.configs import GOOD, Write, faults
from tests.kit.net import json, service
from tests.kit.tooling import view

BOOK = """
tools:
  - http:
      name: book
      about: Books a viewing.
      takes:
        rooms: {type: integer, from: 1, to: "8"}
        day: {type: date, from: today}
        name: {type: text, optional: true}
      timezone: Asia/Jerusalem
      post: URL/viewings/{rooms}
      query: {rooms: "{rooms}", name: "{name}", floor: 2}
      json: {at: "{day}T10:00", rooms: "{rooms}", list: ["{rooms}", "{name}", true, 1.5], deep: {name: "{name}"}}
      headers: {Authorization: "Bearer ${CRM_KEY}"}
      gives: [id]
      internal: true
      say: [One moment.]
"""


@alone
async def test_a_tool_of_yaml_makes_its_request(write: Write) -> None:
    """With the types that values have in the file and in the model's JSON."""
    async with service(json({"id": 7, "secret": 1}, 201)) as there, opened() as net:
        config = load(write(GOOD + BOOK.replace("URL", there.url)), env={"CRM_KEY": "key-of-a-whole-call"})
        [item] = config.tools
        [tool] = item.tools(net)
        assert isinstance(tool, Http)
        arguments = tool.arguments.read('{"rooms": "3", "day": "2999-12-01"}')
        assert (await tool.use(arguments, view())).data == {"id": 7}
        assert there.seen[0].target == "/viewings/3?rooms=3&floor=2"
        assert js.loads(there.seen[0].body) == {
            "at": "2999-12-01T10:00",
            "rooms": 3,
            "list": [3, True, 1.5],
            "deep": {},
        }
        assert there.seen[0].headers["Authorization"] == "Bearer key-of-a-whole-call"


def test_a_key_in_the_file_is_told(write: Write) -> None:
    """And not shown; a private address that is allowed is told, too."""
    text = GOOD + BOOK.replace("URL", "https://crm.example.com").replace("${CRM_KEY}", "fedcba9876543210")
    found = load(write(text), env={}).warnings
    assert any("`headers.Authorization` is a secret, written in the file" in each.text for each in found)


def test_faults_stand_at_their_lines(write: Write) -> None:
    """A place in a host, a bound that is none, a way that is none: each with its column."""
    text = (
        (GOOD + BOOK)
        .replace("${CRM_KEY}", "k")
        .replace("URL", "https://{name}.example.com")
        .replace("today", "tuday")
        .replace("}T10", "|dy}T10")
    )
    told = faults(write(text))
    lines = text.splitlines()
    for fault, part in zip(told, ("tuday", "https://{name}", '"{day|dy}T10'), strict=True):
        line, column = map(int, fault.split(" ")[0].split(":")[1:])
        assert lines[line - 1][column - 1 :].startswith(part), fault
