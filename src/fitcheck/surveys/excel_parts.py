"""Which part of an xlsx workbook holds what."""

from __future__ import annotations

import posixpath
import zipfile
from xml.etree import ElementTree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def sheet_part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name of the part that holds a sheet; None if this is no xlsx workbook."""
    if "xl/workbook.xml" not in archive.namelist():
        return None
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    targets = {
        node.get("Id"): node.get("Target", "") for node in _related(archive, "xl/workbook.xml")
    }
    for node in workbook.iter(f"{_MAIN}sheet"):
        if node.get("name") == sheet:
            return _absolute("xl/workbook.xml", targets.get(node.get(f"{{{RELATIONS}}}id"), ""))
    return None


def related_parts(archive: zipfile.ZipFile, part: str, kind: str) -> list[str]:
    """Return the parts that a part refers to as this kind, such as ``table``."""
    return [
        _absolute(part, node.get("Target", ""))
        for node in _related(archive, part)
        if node.get("Type", "").endswith(f"/{kind}")
    ]


def _related(archive: zipfile.ZipFile, part: str) -> list[ElementTree.Element]:
    folder, name = posixpath.split(part)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in archive.namelist():
        return []
    return list(ElementTree.fromstring(archive.read(relations)))


def _absolute(part: str, target: str) -> str:
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target))
