"""The page and its files: a fixed table, well cached, allowed to do little. Over real HTTP."""

from __future__ import annotations

import re
from pathlib import Path

import fastapi_offline
import httpx
import pytest

from isogloss.models.retrieval import Translator
from isogloss.scripts.pictures.joint_map_image import COLOURS
from isogloss.service import Settings, create_app
from isogloss.service.keys import digest_of, make_key
from isogloss.service.page import PAGE
from tests.service.running import running
from tests.service.test_safety import MARK, watched

FOLDER = Path(__file__).parents[2] / "service" / "page"
SWAGGER = Path(fastapi_offline.__file__).parent / "static"
SOURCES = [path for path in FOLDER.iterdir() if path.suffix in {".html", ".css", ".js", ".svg"}]


def test_the_table_holds_all_files() -> None:
    named = {file_of(path) for path in PAGE}
    assert {file for file in named if file.parent == FOLDER} == set(SOURCES)


def file_of(path: str) -> Path:
    if path in {"/", "/docs"}:
        return FOLDER / ("docs.html" if path == "/docs" else "index.html")
    folder, _, name = path.rpartition("/")
    return (SWAGGER if folder == "/docs" else FOLDER) / name


@pytest.mark.parametrize("path", PAGE)
def test_every_file_is_served_as_what_it_is(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    file = file_of(path)
    assert answer.content == file.read_bytes()
    kinds = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
    kind = kinds.get(file.suffix, "image/svg+xml")
    assert answer.headers["content-type"].partition(";")[0] == kind
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(answer.content))


def test_a_file_that_is_there_already_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get("/page/main.js")
    etag = first.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', etag)
    assert first.headers.get_list("cache-control") == ["no-cache"]
    for given in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = client.get("/page/main.js", headers={"if-none-match": given})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
        assert "content-security-policy" in again.headers
    for given in ('"other"', etag[:-1], ""):
        assert client.get("/page/main.js", headers={"if-none-match": given}).status_code == 200
    assert len({client.get(path).headers["etag"] for path in PAGE}) == len(PAGE)


def test_the_page_may_run_its_own_files_only(client: httpx.Client) -> None:
    answer = client.get("/")
    [policy] = answer.headers.get_list("content-security-policy")
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    own = {"script-src", "style-src", "img-src", "connect-src"}
    assert {name for name in rules if name.endswith("-src")} == {"default-src", *own}
    assert {rules[name] for name in own} == {"'self'"}
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    # What is no file of the page keeps the policy that allows nothing.
    [other] = client.post("/").headers.get_list("content-security-policy")
    assert "script-src" not in other


def test_the_page_to_try_the_api_comes_from_this_server_alone(client: httpx.Client) -> None:
    answer = client.get("/docs")
    assert answer.status_code == 200
    addresses = set(re.findall(r'(?:src|href)="([^"]+)"', answer.text))
    assert {"docs/swagger-ui-bundle.js", "docs/swagger-ui.css", "page/docs.js"} <= addresses
    assert {client.get(f"/{address}").status_code for address in addresses} == {200}
    [policy] = answer.headers.get_list("content-security-policy")
    assert "//" not in answer.text + policy
    assert "connect-src 'self'" in policy
    assert client.get("/redoc").status_code == 404
    assert 'href="docs"' in client.get("/").text


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_nothing_stands_in_line_and_nothing_comes_from_elsewhere(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\s\"'`)]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text)
    if source.suffix == ".html":
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", text)
        assert set(re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)) == {""}


@pytest.mark.parametrize(
    "path",
    [
        "/page/",
        "/page",
        "/page/index.html",
        "/page/__init__.py",
        "/page/../settings.py",
        "/page/..%2Fsettings.py",
        "/page/%2e%2e/settings.py",
        "/page//main.js",
        "/page/main.js/",
        f"/page/{MARK}",
    ],
)
def test_no_other_file_is_served(client: httpx.Client, path: str) -> None:
    with watched() as seen:
        answer = client.get(path)
    assert answer.status_code == 404
    assert [event for event in seen if MARK in event[1] or "settings.py" in event[1]] == []


def test_the_page_needs_no_key_but_its_questions_do(
    translators: dict[str, Translator], tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"alice read sha256:{digest_of(make_key()).hex()}\n")
    with running(create_app(Settings(keys=keys), translators=translators)) as client:
        assert {client.get(path).status_code for path in PAGE} == {200}
        assert client.get("/v1/pairs").status_code == 401


def test_the_log_and_the_metrics_know_its_routes(client: httpx.Client) -> None:
    client.get("/")
    text = client.get("/metrics").text
    assert 'isogloss_requests_total{method="GET",route="/",status="200"}' in text


def test_a_visit_takes_few_bytes(client: httpx.Client) -> None:
    """The page in English, without the page to try the API."""
    asked = [path for path in PAGE if "docs" not in path and not re.search("-(fr|de|es)", path)]
    assert sum(len(client.get(path).content) for path in asked) <= 150_000


def test_page_report_and_plots_share_one_palette() -> None:
    """Source and target have the same colours wherever they are drawn, by day and by night."""
    page = (FOLDER / "page.css").read_text("utf-8")
    scripts = FOLDER.parents[1] / "scripts"
    report = (scripts / "report" / "report.html").read_text("utf-8")
    drawn = (scripts / "pictures" / "joint_map.html").read_text("utf-8")
    for side, name in (("source", "a"), ("target", "b")):
        colours = re.findall(rf"--{side}: (#[0-9a-f]{{6}});", page)
        assert len(colours) == 2
        assert re.findall(rf"--{side}: (#[0-9a-f]{{6}});", report) == colours
        assert re.findall(rf"--{name}: (#[0-9a-f]{{6}});", drawn) == colours
    assert tuple(re.findall(r"--(?:source|target): (#[0-9a-f]{6});", page)[:2]) == COLOURS
