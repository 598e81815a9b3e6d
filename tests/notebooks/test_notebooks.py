"""The notebooks: thin, free of the machine they were made on, and alive: each runs on data that it was not made for."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).parents[2] / "notebooks"
FILES = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 800_000
SECONDS = 600

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
MACHINE = re.compile(r"(?<![\w./])/(?:home|root|tmp|work|usr|opt|var|mnt|private|Users)/|\b[A-Z]:\\|site-packages")
ADDRESS = re.compile(r"\bat 0x[0-9a-f]+")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*%?")


@pytest.fixture(params=FILES, ids=[file.stem for file in FILES])
def file(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def notebook(file: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: NotebookNode) -> list[NotebookNode]:
    return [output for cell in code(notebook) for output in cell.outputs]


def texts(notebook: NotebookNode) -> list[str]:
    """Return everything that the outputs say in words, pictures left out."""
    said = []
    for output in outputs(notebook):
        said.append(output.get("text", ""))
        said += [text for kind, text in output.get("data", {}).items() if kind.startswith("text/")]
    return said


def test_there_are_notebooks() -> None:
    assert FILES


def test_it_runs_on_other_data_and_leaves_nothing_behind(
    notebook: NotebookNode, pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABITUS_DATASET", str(pair))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    before = texts(notebook)
    here = tmp_path / "here"
    here.mkdir()
    NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(here)}}
    ).execute()
    assert texts(notebook) != before
    assert not list(here.iterdir())


def test_nothing_is_defined(notebook: NotebookNode) -> None:
    defined = [node for cell in code(notebook) for node in ast.walk(ast.parse(cell.source))]
    assert not [ast.unparse(node) for node in defined if isinstance(node, DEFINITIONS)]


def test_the_machine_does_not_show(notebook: NotebookNode) -> None:
    for text in [*(cell.source for cell in notebook.cells), *texts(notebook)]:
        assert not MACHINE.search(text)
        assert not ADDRESS.search(text)


def test_committed_outputs_are_whole_and_free_of_errors_and_warnings(notebook: NotebookNode) -> None:
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    assert outputs(notebook)
    assert not [output for output in outputs(notebook) if output.output_type == "error"]
    assert not [output.text for output in outputs(notebook) if output.get("name") == "stderr"]


def test_every_number_in_the_prose_comes_out_of_a_cell(notebook: NotebookNode) -> None:
    found = set(NUMBER.findall(" ".join(texts(notebook))))
    prose = [re.sub(r"`[^`]*`", "", cell.source) for cell in notebook.cells if cell.cell_type == "markdown"]
    assert set(NUMBER.findall(" ".join(prose))) <= found


def test_the_file_is_small_and_asks_for_any_python_3_kernel(file: Path, notebook: NotebookNode) -> None:
    assert file.stat().st_size < LARGEST
    assert notebook.metadata.kernelspec.name == "python3"
