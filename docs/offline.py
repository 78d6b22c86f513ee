"""The site must work without any other: a built page that loads something from elsewhere fails the build."""

import re
from pathlib import Path
from typing import Any

from sphinx.errors import SphinxError

LOADED = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=["'](?:https?:)?//[^"']+""")
IMPORTED = re.compile(r"""(?:@import|url\()\s*["']?(?:https?:)?//[^"')]+""")


def check(app: Any, exception: Exception | None) -> None:
    """Look through the built pages and style sheets; links that a reader may follow are no matter."""
    if exception is not None or app.builder.format != "html":
        return
    found = []
    for pattern, ending in ((LOADED, "*.html"), (IMPORTED, "*.css")):
        for path in sorted(Path(app.outdir).rglob(ending)):
            found += [f"{path.relative_to(app.outdir)}: {match}" for match in pattern.findall(path.read_text())]
    if found:
        raise SphinxError("Pages load something from another site:\n" + "\n".join(found))
