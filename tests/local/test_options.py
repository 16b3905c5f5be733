"""What `python -m local` says, in a sentence, to what it cannot do."""

import hashlib
import socket
from pathlib import Path

import pytest

from local.__main__ import main
from local.keys import api_keys

CATALOG = '[qa]\nservice = "question_answering"\nsource = "file:reader"\n'


def test_a_port_in_use_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "toys.toml").write_text(CATALOG)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        problem = main(["--catalog", str(tmp_path / "toys.toml"), "--port", str(port)], {})
    assert problem == f"Port {port} of 127.0.0.1 is in use; choose another with PORT=."


def test_a_missing_catalog_is_said_in_a_sentence(tmp_path: Path) -> None:
    problem = main(["--catalog", str(tmp_path / "none.toml")], {})
    assert problem == f"{tmp_path}/none.toml: no such file; name a catalog with MODELS=path."


def test_an_artifact_that_is_not_built_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "toys.toml").write_text(CATALOG)
    problem = main(["--catalog", str(tmp_path / "toys.toml"), "--root", str(tmp_path), "--port", "0"], {})
    assert (
        problem
        == f"{tmp_path}/toys.toml: [qa] its artifact is not built; run `make models MODELS={tmp_path}/toys.toml`."
    )


def test_other_machines_are_not_served_without_keys() -> None:
    problem = main(["--host", "0.0.0.0"], {})
    assert problem == "0.0.0.0 can be reached from other machines: set API_KEYS=, or listen on 127.0.0.1."


@pytest.mark.parametrize("text", ["bob=ключ", "a=x,a=y", ",", "a=x,", "key-2=a,b", "a=\x7f"])
def test_keys_that_nobody_could_use_are_refused_in_a_sentence(text: str) -> None:
    said = main([], {"API_KEYS": text})
    assert said is not None
    assert said.startswith("API_KEYS=: ")
    assert "ключ" not in said


def test_keys_are_named_or_numbered() -> None:
    keys = api_keys("ci=abc, plain,bGFzdA==")
    assert list(keys) == ["ci", "key-2", "key-3"]
    assert keys["key-3"] == hashlib.sha256(b"bGFzdA==").hexdigest()
    assert api_keys("") == {}


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [("--port", "99999", "99999 is no port"), ("--max-sandboxes", "0", "0 is not a number from 1 up")],
)
def test_an_option_out_of_range_is_refused(
    option: str, value: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([option, value], {})
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("origins", ["app.example.com", "https://a.example/path", "https://a.example,x"])
def test_what_is_no_origin_is_said_in_a_sentence(origins: str) -> None:
    problem = main([], {"CORS_ORIGINS": origins})
    assert problem is not None
    assert problem.startswith("CORS_ORIGINS= lists origins such as https://app.example.com")
