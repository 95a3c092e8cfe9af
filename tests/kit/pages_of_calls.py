"""The page of a call, and its record."""

from __future__ import annotations

from xml.etree import ElementTree

HOSTILE = '<script>alert("1")</script>\x1b[2J & ]]>'
HEBREW = "שלום, אני מחפש דירה"


def parsed(html: str) -> ElementTree.Element:
    """The page as XML, which it has to be."""
    return ElementTree.fromstring(html.removeprefix("<!DOCTYPE html>"))
