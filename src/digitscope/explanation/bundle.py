"""ES modules as one plain script, which a browser also runs in a page opened from a disk: there it loads no modules.

    bundle("report.js", {"": [PAGE], "views": [VIEWS]})

Each module becomes a function that returns what it exports, in an order in which all imports come first. Understood
are imports by name and exported declarations of functions, classes and constants, each at the start of a line; that
is all that this package's modules use, and anything else is an error.
"""

import posixpath
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

VIEWS = Path(__file__).parent / "views"  # what every page with a network in it shares
Sources = Mapping[str, Sequence[Path]]

IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
OTHER = re.compile(r"^\s*(?:import|export)\b.*|\bimport[.(].*|</script.*", re.MULTILINE)


def bundle(entry: str, sources: Sources) -> str:
    """The module `entry` with all that it imports, as one script.

    Args:
        entry: its address, such as "views/draw.js".
        sources: the folders where what has this first part of an address lies; "" is for all others. A page's own
            folder and this room's may share one, as the service shows them.

    Raises:
        ValueError: modules import each other, or a module has a statement that is not understood.
        FileNotFoundError: there is no such module.
    """
    modules: dict[str, str] = {}
    _add(entry, sources, modules, ())
    return "\n".join(["(() => {", '"use strict";', *modules.values(), "})();", ""])


def locate(address: str, sources: Sources) -> Path:
    """The file of an address: "views/network.js" lies in one of the folders `sources["views"]`.

    Raises:
        FileNotFoundError: it lies in none of them.
    """
    first, _, rest = address.partition("/")
    folders, name = (sources[first], rest) if first in sources else (sources[""], address)
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(
        f"There is no such module. Expected it in {', '.join(map(str, folders))}. Received: {name!r}"
    )


def _add(address: str, sources: Sources, modules: dict[str, str], importers: tuple[str, ...]) -> None:
    """Add a module to `modules`, after those that it imports."""
    if address in importers:
        raise ValueError(f"Modules import each other. Received: {' → '.join((*importers, address))}")
    if address in modules:
        return
    text = locate(address, sources).read_text()

    def imported(match: re.Match[str]) -> str:
        names, target = match.groups()
        target = posixpath.normpath(posixpath.join(posixpath.dirname(address), target))
        _add(target, sources, modules, (*importers, address))
        renamed = re.sub(r" as ", ": ", names)
        return f"const {{{renamed}}} = {_variable(target)};"

    text = IMPORT.sub(imported, text)
    exported = EXPORT.findall(text)
    text = EXPORT.sub("", text)
    if other := OTHER.search(text):
        raise ValueError(
            "The module has a statement that is not understood. Expected imports by name and exported declarations. "
            f"Received: {other.group().strip()!r}, module={address!r}"
        )
    returned = f"return {{ {', '.join(exported)} }};\n" if exported else ""
    modules[address] = f"const {_variable(address)} = (() => {{ // {address}\n{text}{returned}}})();"


def _variable(address: str) -> str:
    """The name of what a module exports, in the script."""
    return "$" + re.sub(r"\W", "_", address.removesuffix(".js"))
