"""Options: the ini file, the environment, the command line, and who has the last word."""

from __future__ import annotations

import socket
import tomllib
from contextlib import suppress
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest

from pytest_amigo import options
from pytest_amigo.settings import FIXED, MEANINGLESS, SuiteSettings
from tests.plugin.inner import Inner

pytest_plugins = ["pytester"]

# For every option that is a setting: what to say in a file or on a command line, and what comes
# of it.
SAID: dict[str, tuple[str, Any]] = {
    "host": ("localhost", "localhost"),
    "port": ("0", 0),
    "seed": ("world.yaml", "world.yaml"),
    "strict": ("true", True),
    "rate_limits": ('{"get-simulation-personas": 3}', {"get-simulation-personas": 3}),
    "rate_limit_scope": ("organization", "organization"),
    "permissions": ('[{"permission_name": "Simulation:*"}]', ["Simulation:*"]),
    "clock": ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00"),
    "random_seed": ("7", 7),
    "token_lifetime": ("8.5", 8.5),
    "run_duration": ("8.25", 8.25),
    "cancellation_delay": ("2.5", 2.5),
    "max_body_size": ("9", 9),
    "journal_size": ("10", 10),
    "journal_body_size": ("11", 11),
    "control_token": ("told", "told"),
    "signing_key": ("signed", "signed"),
    "faker_seed": ("12", 12),
    "guard": ("false", False),
    "auto_advance": ("true", True),
    "unexpected": ("allow", "allow"),
    "unused": ("allow", "allow"),
}

SHOW = """
    import json

    def test_it(amigo):
        found = amigo.settings
        said = {name: getattr(found, name) for name in type(found).model_fields}
        said["seed"] = found.seed.name
        said["permissions"] = [grant.permission_name for grant in found.permissions or ()]
        said["clock"] = found.clock and found.clock.isoformat()
        for name in ("control_token", "signing_key"):
            said[name] = said[name] and said[name].get_secret_value()
        del said["state"], said["log_format"]
        expected = json.loads(open("expected.json").read())
        assert said == expected
"""

LAYERS = """
    import pytest

    @pytest.fixture(scope="module")
    def amigo_settings():
        return {"max_body_size": 4, "random_seed": 4}

    @pytest.mark.amigo(random_seed=5)
    def test_it(amigo):
        found = amigo.settings
        layers = ("token_lifetime", "journal_size", "faker_seed", "max_body_size", "random_seed")
        assert [getattr(found, name) for name in layers] == [1, 2, 3, 4, 5]

    def test_without_a_marker(amigo):
        assert amigo.settings.random_seed == 4
"""

SCOPES = {
    "conftest.py": """
        import pytest

        @pytest.fixture(scope="session")
        def amigo_settings():
            return {"random_seed": 1, "strict": True}
    """,
    "test_session.py": """
        def test_it(amigo):
            assert (amigo.settings.random_seed, amigo.settings.strict) == (1, True)
    """,
    "test_module.py": """
        import pytest

        @pytest.fixture(scope="module")
        def amigo_settings(amigo_settings):
            return {**amigo_settings, "random_seed": 2}

        def test_module(amigo):
            assert (amigo.settings.random_seed, amigo.settings.strict) == (2, True)

        class TestClass:
            @pytest.fixture(scope="class")
            @classmethod
            def amigo_settings(cls):
                return {"random_seed": 3}

            def test_class(self, amigo):
                assert (amigo.settings.random_seed, amigo.settings.strict) == (3, False)

        class TestFunction:
            @pytest.fixture(params=[4, 5])
            def amigo_settings(self, request):
                return {"random_seed": request.param}

            def test_function(self, amigo, request):
                assert amigo.settings.random_seed == request.node.callspec.params["amigo_settings"]

            @pytest.mark.parametrize("amigo_settings", [{"random_seed": 6}])
            def test_directly(self, amigo):
                assert amigo.settings.random_seed == 6

        def test_module_again(amigo):
            assert (amigo.settings.random_seed, amigo.settings.strict) == (2, True)
    """,
    "test_wrong.py": """
        import pytest

        @pytest.mark.parametrize("amigo_settings", [["strict"]])
        def test_type(amigo): raise AssertionError

        @pytest.mark.parametrize("amigo_settings", [{"strickt": True}])
        def test_name(amigo): raise AssertionError

        @pytest.mark.parametrize("amigo_settings", [{"random_seed": "many"}])
        def test_value(amigo): raise AssertionError

        @pytest.mark.parametrize("amigo_settings", [{"port": 1}])
        def test_serving(amigo): raise AssertionError

        @pytest.mark.parametrize("amigo_settings", [{"state": "world.json"}])
        def test_meaningless(amigo): raise AssertionError
    """,
}
WRONG = {
    "type": "the fixture 'amigo_settings' returns a mapping of settings, not list",
    "name": "unknown setting \"amigo_settings['strickt']\" (did you mean 'strict'?)",
    "value": "setting \"amigo_settings['random_seed']\": Input should be a valid integer",
    "serving": "'port' ",
    "meaningless": "setting \"amigo_settings['state']\": tests have no use for it",
}


def kind(annotation: Any) -> options.Type:
    """The spelling of a setting of this type."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return kind(get_args(annotation)[0])
    if choices := [choice for choice in get_args(annotation) if choice is not NoneType]:
        return kind(choices[0]) if len(choices) == 1 and origin is not tuple else "string"
    names: dict[Any, options.Type] = {bool: "bool", int: "int", float: "float"}
    return "string" if origin is Literal else names.get(annotation, "string")


def expected(inner: Inner, *said: str) -> None:
    """Write down what a test is to find if these were said."""
    import json

    found = {name: value for name, (_, value) in SAID.items()}
    inner.write("expected.json", json.dumps(found))
    inner.write("world.yaml", "organizations: [{id: mock-org}]")
    inner.write("test_show.py", SHOW)


def test_options_are_in_step_with_the_settings() -> None:
    """Rule: every setting that tests have a use for is an option, of its own type.

    Source: one vocabulary. The table is a copy so that no run has to load the model.
    """
    fields = {
        name: kind(info.annotation)
        for name, info in SuiteSettings.model_fields.items()
        if name not in MEANINGLESS
    }
    assert {option.name: option.type for option in options.SETTINGS} == fields
    for option in options.OPTIONS:
        assert option.help.endswith("."), option
        assert "%" not in option.help, option
    for option in options.SETTINGS:
        field = SuiteSettings.model_fields[option.name]
        secret = option.name == "signing_key"
        default = "" if secret or field.default is None else str(field.default)
        assert option.default == (default.lower() or ("0" if option.name == "port" else ""))
        if get_origin(field.annotation) is Literal:
            assert option.value == f"{{{','.join(get_args(field.annotation))}}}"
        assert option.whole_run is (option.name in FIXED)
    own = SuiteSettings.model_fields.keys() - SuiteSettings.__base__.model_fields.keys()  # type: ignore[union-attr]
    texts = {option.name: option.help for option in options.SETTINGS}
    for name in own:
        field = SuiteSettings.model_fields[name]
        description = str(field.description)
        assert texts[name] == description


def test_the_oldest_pytest_is_the_declared_one() -> None:
    """Rule: the plugin refuses what its extra does not allow, and nothing else. Source:
    `pyproject.toml`; `python -m tests.lowest` runs the plugin with both.
    """
    path = Path(__file__).parents[2] / "pyproject.toml"
    extras = tomllib.loads(path.read_text())["project"]["optional-dependencies"]
    assert extras["pytest"] == [f"pytest>={'.'.join(map(str, options.OLDEST))}"]


def test_every_setting_can_be_said_in_the_ini_file(inner: Inner) -> None:
    """Rule: `amigo_<name>`, for every one, with `--strict-config`. Source: one vocabulary."""
    assert SAID.keys() == {option.name for option in options.SETTINGS}
    expected(inner)
    inner.configure("\n".join(f"amigo_{name} = {text}" for name, (text, _) in SAID.items()))
    inner.run().passed(1)


def test_every_setting_can_be_said_on_the_command_line(inner: Inner) -> None:
    """Rule: `--amigo-<name>`, for every one. Source: one vocabulary."""
    expected(inner)
    flags = []
    for option in options.SETTINGS:
        text, value = SAID[option.name]
        if option.type == "bool":
            flags.append(option.flag if value else option.flag.replace("--amigo", "--no-amigo"))
        else:
            flags.append(f"{option.flag}={text}")
    inner.run(*flags).passed(1)


def test_settings_in_toml(inner: Inner) -> None:
    """Rule: in `pyproject.toml` they are values of their types. Source: pytest's own ways."""
    inner.write(
        "pyproject.toml",
        """
        [tool.pytest]
        amigo_strict = true
        amigo_random_seed = 7
        amigo_token_lifetime = 8.5
        amigo_unused = "allow"
        """,
    )
    inner.write(
        "test_it.py",
        """
        def test_it(amigo):
            found = amigo.settings
            assert (found.strict, found.random_seed, found.token_lifetime, found.unused) == (
                True, 7, 8.5, "allow")
        """,
    )
    result = inner.run("-c", "pyproject.toml", "-v")
    assert "1 passed" in result.text, result.text
    inner.write("pyproject.toml", '[tool.pytest]\namigo_strict = "maybe"')
    result = inner.run("-c", "pyproject.toml")
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert "amigo_strict" in result.text


def test_a_file_is_found_from_where_it_was_said(
    inner: Inner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule: a world named in the ini file is beside that; one named on the command line is where
    the command was given. Source: pytest's own paths.
    """
    below = inner.folder / "below"
    below.mkdir()
    inner.configure("amigo_seed = world.yaml")
    inner.write("world.yaml", "organizations: [{id: above}]")
    inner.write("below/world.yaml", "organizations: [{id: below}]")
    inner.write("below/test_it.py", "def test_it(amigo): assert amigo.organization == 'above'")
    inner.write("below/test_two.py", "def test_two(amigo): assert amigo.organization == 'below'")
    monkeypatch.chdir(below)
    inner.run("test_it.py").passed(1)
    inner.run("test_two.py", "--amigo-seed=world.yaml").passed(1)


def test_who_has_the_last_word(inner: Inner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule: the ini file, the environment, the command line, `amigo_settings`, the marker: of two
    that say something the later one wins. Source: the wanted behaviour of the options.
    """
    ini = ("token_lifetime", "journal_size", "faker_seed", "max_body_size", "random_seed")
    inner.configure("\n".join(f"amigo_{name} = 1" for name in ini))
    for name in ini[1:]:
        monkeypatch.setenv(f"AMIGO_MOCK_{name.upper()}", "2")
    inner.write("test_layers.py", LAYERS)
    inner.run(*(f"--amigo-{name.replace('_', '-')}=3" for name in ini[2:])).passed(2)


def test_settings_of_a_fixture_in_every_scope(inner: Inner) -> None:
    """Rule: `amigo_settings` can be overridden anywhere, and a mistake fails just its tests.

    Source: the wanted behaviour of the fixtures.
    """
    for name, text in SCOPES.items():
        inner.write(name, text)
    result = inner.run("-k", "not test_wrong")
    result.passed(7)
    result = inner.run("test_wrong.py")
    assert set(result.outcomes.values()) == {"error"}, result.text
    for (test, outcome), name in zip(result.outcomes.items(), sorted(WRONG), strict=True):
        assert outcome == "error"
        report = result.report(test)
        assert WRONG[name] in report
        assert len(report.splitlines()) == 1, report


REFUSED = [
    (
        "amigo_strickt = true",
        (),
        "unknown ini option 'amigo_strickt' (did you mean 'amigo_strict'?)",
    ),
    ("amigo_permission = []", (), "'amigo_permission' (did you mean 'amigo_permissions'?)"),
    (
        "amigo_unexpected = pass",
        (),
        "setting 'amigo_unexpected': Input should be 'fail' or 'allow'",
    ),
    ("amigo_strict = maybe", (), "amigo_strict"),
    ("amigo_port = many", (), "amigo_port"),
    ("amigo_port = 70000", (), "setting 'amigo_port': Input should be less than"),
    ("amigo_clock = 2026-01-31T12:00:00", (), "setting 'amigo_clock': say the time"),
    ("amigo_rate_limits = {", (), "setting 'rate_limits' is not JSON"),
    ("amigo_permissions = [1]", (), "setting 'amigo_permissions' at 0"),
    ("", ("--amigo-port", "many"), "setting '--amigo-port': Input should be a valid integer"),
    ("", ("--amigo-unused", "pass"), "setting '--amigo-unused': Input should be"),
    (
        "",
        ("--amigo-rate-limits", "often"),
        "setting '--amigo-rate-limits': cannot be read; say it as in true, false or {",
    ),
    (
        "",
        ("--amigo-clock", "tomorrow"),
        "setting '--amigo-clock': cannot be read; say it as in 2026-01-31T12:00:00Z",
    ),
    ("amigo_permissions = true", (), 'cannot be read; say it as in [{"permission_name": '),
    ("", ("--amigo-coverage-fail-under", "most"), "--amigo-coverage-fail-under"),
    ("amigo_coverage_fail_under = most", (), "amigo_coverage_fail_under"),
    (
        "",
        ("--amigo-strickt",),
        "arguments: --amigo-strickt (did you mean '--amigo-strict'?)",
    ),
    ("", ("--no-amigo-gaurd",), "arguments: --no-amigo-gaurd (did you mean '--no-amigo-guard'?)"),
]


@pytest.mark.parametrize(("ini", "flags", "text"), REFUSED)
def test_mistakes_end_the_run_before_it_begins(
    inner: Inner, ini: str, flags: tuple[str, ...], text: str
) -> None:
    """Rule: an option that says nothing usable is one sentence and a usage error, whether or not
    a test uses the fake. Source: the rule for mistakes.
    """
    inner.configure(ini)
    inner.write("test_it.py", "def test_it(): pass")
    result = inner.run(*flags)
    assert text in result.text
    assert (result.status, result.outcomes) == (pytest.ExitCode.USAGE_ERROR, {})
    assert "Traceback" not in result.text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        (
            "AMIGO_MOCK_STRICKT",
            "1",
            "unknown setting 'AMIGO_MOCK_STRICKT' (did you mean 'AMIGO_MOCK_STRICT'?)",
        ),
        ("AMIGO_MOCK_STRICT", "maybe", "setting 'AMIGO_MOCK_STRICT': Input should be"),
        ("AMIGO_MOCK_SEED", "nowhere.yaml", "nowhere.yaml"),
    ],
)
def test_a_mistake_in_the_environment_matters_to_who_uses_the_fake(
    inner: Inner, monkeypatch: pytest.MonkeyPatch, name: str, value: str, text: str
) -> None:
    """Rule: variables are settings too; a wrong one is a sentence and a usage error, once and
    before the first test, if one of them uses the fake.

    Source: the rule for mistakes; the environment of a run may be anybody's.
    """
    monkeypatch.setenv(name, value)
    inner.write("test_it.py", "def test_it(amigo): pass\n\ndef test_other(): pass")
    result = inner.run()
    assert (result.status, result.outcomes) == (pytest.ExitCode.USAGE_ERROR, {})
    assert result.text.count(text) == 1
    assert "Traceback" not in result.text
    inner.run("-k", "test_other").passed(1)
    assert inner.run("--collect-only").status == 0


BEGINNING = [
    ("--amigo-seed=nowhere.yaml", "nowhere.yaml"),
    ("--amigo-url=http://127.0.0.1:1", "no fake answers at http://127.0.0.1:1"),
]


@pytest.mark.parametrize(("flag", "text"), BEGINNING)
@pytest.mark.parametrize("workers", [0, 2])
def test_a_fake_that_cannot_begin_is_told_once(
    inner: Inner, flag: str, text: str, workers: int
) -> None:
    """Rule: a world that cannot be read and a server that does not answer refuse the run before
    the first test, with one sentence, with pytest-xdist too. Source: the rule for mistakes.
    """
    inner.write("test_it.py", "def test_one(amigo): pass\n\ndef test_two(amigo): pass")
    result = inner.run_apart(flag, f"-n{workers}")
    assert (result.status, result.outcomes) == (pytest.ExitCode.USAGE_ERROR, {})
    assert result.text.count(text) == 1, result.text
    assert "Traceback" not in result.text


def test_a_port_that_is_taken_is_told_once(inner: Inner) -> None:
    """Rule: the same for the port of the whole run. Source: the rule for mistakes."""
    inner.write("test_it.py", "def test_one(amigo): pass\n\ndef test_two(amigo): pass")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = inner.run(f"--amigo-port={taken.getsockname()[1]}")
    assert (result.status, result.outcomes) == (pytest.ExitCode.USAGE_ERROR, {})
    assert result.text.count("try port 0") == 1, result.text


def test_each_worker_has_a_port_of_its_own(inner: Inner) -> None:
    """Rule: with pytest-xdist the workers take the given port and those that follow it.

    Source: the README: with pytest-xdist each worker has a fake of its own.
    """
    inner.write(
        "test_it.py",
        """
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_it(amigo, worker_id, number, pytestconfig):
            first = int(pytestconfig.getoption("--amigo-port"))
            port = int(amigo.url.rpartition(":")[2])
            assert port == amigo.settings.port == first + int(worker_id.removeprefix("gw"))
        """,
    )
    inner.run_apart("-n2", f"--amigo-port={two_free_ports()}").passed(4)


def two_free_ports() -> int:
    """The first of two free ports in a row, below those that the system gives away."""
    for first in range(20_000, 30_000, 2):
        with suppress(OSError), socket.create_server(("127.0.0.1", first)):
            socket.create_server(("127.0.0.1", first + 1)).close()
            return first
    raise AssertionError("there are no free ports")


def test_help_and_markers_name_what_there_is(inner: Inner) -> None:
    """Rule: `--help` has the values and the default of each option, `--markers` every keyword.

    Source: one vocabulary.
    """
    text = " ".join(inner.run("--help").text.split())
    assert "--amigo-rate-limit-scope={user,organization}" in text
    assert "Whose requests are counted together. Default: user." in text
    assert "--amigo-unused={fail,allow}" in text
    assert "Requests that the journal remembers. Default: 1000." in text
    text = " ".join(inner.run("--markers").text.split())
    assert "There are: seed, strict, rate_limits, " in text
    assert "unexpected, unused." in text
    assert " port" not in text[text.index("There are: seed") : text.index("unused.")]
