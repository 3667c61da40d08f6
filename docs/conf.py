"""How the documentation is built: `sphinx-build -W --keep-going -b html docs docs/_build`."""  # noqa: INP001

import importlib.metadata
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import generate  # noqa: E402  (beside this file)
from docutils import nodes  # noqa: E402

project = "mirror_sim"
author = "The mirror_sim developers"
copyright = author  # noqa: A001
release = version = importlib.metadata.version("mirror-sim")

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
]
included = [f"_generated/{name}.md" for name in ("circuit", "rows", "claims", "gallery")]
exclude_patterns = ["_build", "_generated/table_*.md", *included]
templates_path = ["_templates"]
html_static_path = ["_static"]

# Docstrings put names in single backticks: a link where the name has a page, else code.
default_role = "py:obj"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autosummary_generate = True
autosummary_imported_members = True
autodoc_typehints = "none"  # the docstrings say what a parameter is
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "mirror_sim"
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {"index": [], "results": [], "benchmarks": [], "glossary": []}
html_theme_options = {
    "logo": {"text": "mirror_sim"},
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "footer_start": [],
    "footer_end": [],
}


def setup(app):
    """Write the pages that are made of the package itself before any page is read."""
    app.connect("config-inited", lambda *_: generate.write(HERE / "_generated"))
    app.connect("doctree-read", trim)


def trim(app, doctree):
    """Take the empty lines away that stand after a part of a script."""
    del app
    for block in doctree.findall(nodes.literal_block):
        text = block.astext().rstrip()
        block.rawsource, block.children = text, []
        block.append(nodes.Text(text))
