"""`digitscope explain IMAGE`: what the network makes of one digit, and what its answer depends on."""

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
    digit: int = typer.Option(0, min=0, help="Which of the picture's digits, counted from 0 in reading order."),
    layers: bool = typer.Option(False, "--layers", help="Show the feature maps of every layer before the answer."),
    neighbours: bool = typer.Option(False, "--neighbours", help="Also show the most similar training images."),
    json: bool = typer.Option(False, "--json", help="Print everything as one JSON object."),
) -> None:
    """Show what the network makes of one digit, and what its answer depends on."""
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
    if layers:
        console.print(terminal.layers(explanation, width=width, color=color), end="")
    for one in units:
        console.print(terminal.unit(one))
    if neighbours:
        console.print(terminal.neighbours(found, width=width, color=color))
    if not units:
        console.print(terminal.overview(explanation, width=width, color=color), end="")
    if html:
        console.print(f"written: {html}", markup=False)
