"""`explanation.bundle`: ES modules as one plain script."""

import pytest

from digitscope.explanation.bundle import bundle


@pytest.fixture
def modules(tmp_path):
    """Writes modules into two folders that share the first part of an address."""
    own, shared = tmp_path / "own", tmp_path / "shared"

    def write(**texts):
        for folder in (own, own / "views", shared):
            folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            folder = shared if name.startswith("shared") else own / "views" if name.startswith("view") else own
            (folder / f"{name}.js").write_text(text)
        return {"": [own], "views": [own / "views", shared]}

    return write


def test_a_script_runs_as_its_modules_would(modules, browser):
    sources = modules(
        main="""
import { twice as doubled,
  Named } from "./views/view.js";
const ZERO = 0;
globalThis.result = doubled(Named.name) + ZERO;
""",
        view="""
import { SEPARATOR } from "./shared.js";
const ZERO = "not main's";
export function twice(text) { return [text, text].join(SEPARATOR); }
export class Named {}
""",
        shared='export const SEPARATOR = " and ";\n',
    )
    page = browser.new_page()
    page.add_script_tag(content=bundle("main.js", sources))
    assert page.evaluate("result") == "Named and Named0"
    page.close()


def test_each_module_stands_once_and_after_those_that_it_imports(modules):
    sources = modules(
        main='import { a } from "./views/view.js";\nimport { b } from "./views/shared.js";\n',
        view='import { b } from "./shared.js";\nexport const a = b;\n',
        shared="export const b = 1;\n",
    )
    text = bundle("main.js", sources)
    assert text.count("// views/shared.js") == 1
    assert text.index("// views/shared.js") < text.index("// views/view.js") < text.index("// main.js")


def test_modules_that_import_each_other_are_refused(modules):
    sources = modules(
        view='import { b } from "./shared.js";\nexport const a = 1;\n',
        shared='import { a } from "./view.js";\nexport const b = 1;\n',
    )
    with pytest.raises(ValueError, match=r"views/view.js → views/shared.js → views/view.js"):
        bundle("views/view.js", sources)


@pytest.mark.parametrize(
    "statement",
    [
        "export default 1;",
        "export { a };",
        "export let a = 1;",
        'import a from "./shared.js";',
        'import "./shared.js";',
        'const a = await import("./shared.js");',
        "const here = import.meta.url;",
        'const text = "</script>";',
    ],
)
def test_a_statement_that_is_not_understood_is_refused(modules, statement):
    with pytest.raises(ValueError, match="not understood"):
        bundle("main.js", modules(main=f"{statement}\n", shared=""))


def test_a_missing_module_is_named(modules):
    with pytest.raises(FileNotFoundError, match=r"views/none.js|none.js"):
        bundle("main.js", modules(main='import { a } from "./views/none.js";\n'))
