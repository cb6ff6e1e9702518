"""Every reason that the engine gives can be said."""

import re
from pathlib import Path

import pytest

from apps.routing import words
from apps.routing.engine.types import OverflowChange, Param, Reason, Strategy
from apps.routing.words import WORDS, say, say_all

pytestmark = pytest.mark.unit

ENGINE = Path(__file__).resolve().parents[2] / "apps" / "routing" / "engine"
SPOKEN = [s for s in Strategy if s is not Strategy.PERCENTAGE_SPLIT]


def name(kind: str, key: Param) -> str:
    return f"{kind} {key}"


def test_each_code_of_the_engine_has_words_and_no_words_are_left_over() -> None:
    source = "".join(path.read_text() for path in ENGINE.glob("*.py"))
    codes = set(re.findall(r'Reason\(\s*"(\w+)"', source)) | set(re.findall(r'Reason\("(\w+)" if', source))
    codes |= set(re.findall(r'else "(for_\w+)"', source))
    codes |= {f"overflow_{change}" for change in OverflowChange}
    codes |= {f"{where}_{strategy}" for strategy in SPOKEN for where in ("by", "behind")}

    assert codes == WORDS.keys()


def test_things_are_named_and_a_percent_sign_stays_one() -> None:
    said = say_all(
        [
            Reason("turn", {"party": "vendor", "id": 7, "percent": 40}),
            Reason("turn", {"party": "in_house", "id": 0, "percent": 60}),
            Reason("overflow_add_team", {"seconds": 30, "skill": "", "target": 4}),
            Reason("overflow_lower_skill", {"seconds": 30, "skill": "", "target": 0}),
            Reason("lacks_skill", {"skill": "billing", "level": 3, "has": 0}),
            Reason("held_for", {"agent": 5}),
            Reason("waited", {"seconds": 946_359}),
        ],
        name,
    )

    assert said == [
        "It counts for vendor 7, whose share is 40 %.",
        "It counts for the house, whose share is 60 %.",
        "After 30 s, the people of the team team 4 were added.",
        "After 30 s, a level less of every skill was enough.",
        "Needs skill billing of level 3; has level 0.",
        "It waits for agent 5, who served this customer last.",
        "It had waited for 10 days.",
    ]


def test_every_sentence_can_be_filled_in() -> None:
    everything = dict.fromkeys(re.findall(r"%\((\w+)\)s", "".join(map(str, WORDS.values()))), 1)
    params = {**everything, "target": 1, "id": 1, "party": "team"}

    assert all("%(" not in say(Reason(code, params), name) for code in WORDS)


def test_a_code_from_another_version_stands_for_itself() -> None:
    assert say(Reason("by_horoscope"), name) == "by_horoscope"
    assert words.WORDS.keys() >= {"by_longest_idle"}


def test_the_engine_knows_nothing_of_django_or_of_other_apps() -> None:
    imported = re.findall(
        r"^(?:from|import) ([\w.]+)", "".join(p.read_text() for p in ENGINE.glob("*.py")), re.MULTILINE
    )

    assert {module for module in imported if module.split(".")[0] in ("django", "apps", "time", "random")} == {
        module for module in imported if module.startswith("apps.routing.engine")
    }
