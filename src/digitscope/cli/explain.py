"""`digitscope explain IMAGE`: what the network made of one digit, and what its answer hangs on."""

from pathlib import Path

import typer

from digitscope.cli import output


def explain(
    image: Path = typer.Argument(help="A picture with a digit; - reads standard input.", show_default=False),
    model: str | None = typer.Option(
        None, help="A shipped model's name, or the path of a model file.", show_default="the default reader"
    ),
    html: Path | None = typer.Option(
        None, metavar="OUT", help="Write the explanation as one HTML page.", show_default=False
    ),
    unit: list[str] = typer.Option(
        [],
        metavar="LAYER:CHANNEL:ROW:COL",
        help="Show one unit's arithmetic; LAYER:INDEX for a layer without rows and columns. May be repeated.",
        show_default=False,
    ),
    digit: int = typer.Option(0, min=0, help="Which of the picture's digits, in reading order."),
    neighbours: bool = typer.Option(False, "--neighbours", help="Also the training images that it looks like."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Show what each layer of the network makes of one digit, and what the answer hangs on."""
    import sys

    from digitscope.explanation import terminal
    from digitscope.explanation.explanation import explain as explain_image
    from digitscope.explanation.units import parse

    places = [parse(text) for text in unit]
    explanation = explain_image(sys.stdin.buffer.read() if str(image) == "-" else image, model, digit=digit)
    units = [explanation.arithmetic(layer, channel, row=row, col=col) for layer, channel, row, col in places]
    found = explanation.neighbours if neighbours else ()
    if html:
        explanation.save(html, neighbours=neighbours)
    if json:
        near = {"neighbours": [neighbour.to_dict() for neighbour in found]} if neighbours else {}
        chosen = {"units": [one.to_dict() for one in units]} if units else {}
        output.print_json({**explanation.to_dict(), **chosen, **near, "html": html and str(html)})
        return
    console = output.stdout
    width, color = console.width, console.is_terminal
    if not units:
        console.print(terminal.overview(explanation, width=width, color=color), end="")
    for one in units:
        console.print(terminal.unit(one))
    if neighbours:
        console.print(terminal.neighbours(found, width=width, color=color), end="")
    if html:
        console.print(f"written: {html}", markup=False)
