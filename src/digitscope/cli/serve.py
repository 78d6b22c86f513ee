"""`digitscope serve`: the page and the REST service."""

from typing import Annotated
from urllib.parse import quote

import typer

from digitscope.cli import output

LOCAL = ("127.0.0.1", "localhost", "::1")


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8000,
    model: Annotated[
        str | None,
        typer.Option(help="Reads photos: a shipped model's name, or a path.", show_default="the default reader"),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
    threads: Annotated[
        int, typer.Option(min=0, help="Threads that compute, in each process; 0: one for each core, shared.")
    ] = 0,
    token: Annotated[
        str | None,
        typer.Option(envvar="DIGITSCOPE_TOKEN", help="What clients must send as `Authorization: Bearer TOKEN`."),
    ] = None,
    max_bytes: Annotated[int, typer.Option(min=1, help="Refuse larger bodies.")] = 20_000_000,
    max_buffered: Annotated[
        int, typer.Option(min=1, help="Refuse requests while so many bytes of others are held.")
    ] = 200_000_000,
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse images and pages with more pixels.")] = 24_000_000,
    max_pages: Annotated[int, typer.Option(min=1, help="Refuse documents with more pages.")] = 20,
    max_images: Annotated[int, typer.Option(min=1, help="Refuse more images in one request to classify.")] = 1_000,
    max_waiting: Annotated[int, typer.Option(min=0, help="Refuse requests while so many wait for a thread.")] = 64,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that an answer may take.")] = 20.0,
    upload_timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that a body may take to arrive.")] = 20.0,
) -> None:
    """Serve the page and the REST service, until Ctrl-C.

    It listens on this machine alone unless told otherwise with --host. Nothing of an upload is kept.
    """
    from digitscope.errors import MissingExtraError

    try:
        from digitscope.web.server import serve as run
        from digitscope.web.settings import Settings
    except ImportError as error:
        raise MissingExtraError("`digitscope serve`", "web") from error
    settings = Settings(
        model=model,
        token=token,
        workers=workers,
        threads=threads,
        max_bytes=max_bytes,
        max_buffered=max_buffered,
        max_pixels=max_pixels,
        max_pages=max_pages,
        max_images=max_images,
        max_waiting=max_waiting,
        timeout=timeout,
        upload_timeout=upload_timeout,
    )

    def started(address: str) -> None:
        secret = f"/#token={quote(token, safe='')}" if token else ""
        output.stdout.print(f"{address}{secret}", markup=False)
        output.stderr.print(f"The REST service: {address}/docs. End with Ctrl-C.", markup=False)
        if host not in LOCAL:
            output.stderr.print(
                f"[bold]Others can reach it[/]: it listens on {output.rich_escape(host)}"
                + (", and asks for the token." if token else ", without a token; --token TOKEN asks for one.")
            )

    run(settings, host=host, port=port, started=started)
