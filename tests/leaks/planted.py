"""What is planted, and who may see it.

Each customer of the small world (see `world.py`) carries about thirty values that occur nowhere else: personal data,
which a lens must mask, and plain words, which scope alone protects. `SIGHT` is the table of who may see which; the
walk finds everything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cached_property


class Sight(Enum):
    """What somebody may see of a group of values."""

    ALL = "all"
    WORDS = "words and masked personal data"
    NOTHING = "nothing"


class Group(StrEnum):
    """Whose value it is, or where it lies."""

    INSIDE = "inside"
    """A customer with a ticket in the vendor's queue, on the vendor's channel."""
    ASIDE = "aside"
    """Another ticket of that same customer, in a queue that only those see who see everything. Words only."""
    THIRD = "third"
    """Somebody who wrote into the inside ticket from an unknown address."""
    SELF_EMPLOYED = "self-employed"
    """Another inside customer, whose mails carry a name that the record does not know."""
    SOLE_COMPANY = "sole company"
    """The company of that customer, called by their name. In-house people know every company."""
    COMPANY = "company"
    """The company of the inside customer."""
    IN_HOUSE = "in-house"
    """In the vendor's queue, on a channel that the vendor does not serve."""
    EXPIRED = "expired"
    """In the vendor's queue, on the vendor's channel, closed longer ago than the contract allows."""
    ELSEWHERE = "elsewhere"
    """In the queue of another team."""
    JOINED = "joined"
    """In the queue of another team, and merged into the inside ticket."""
    ELSEWHERE_COMPANY = "elsewhere-company"
    LONELY = "lonely"
    """A customer without any ticket."""
    OPERATIONS = "operations"
    """Raw input, connection errors, what platforms said: for those who look after channels."""
    BLOCKED = "blocked"
    """Blocked senders and reasons in the audit trail: for the administration."""
    RIGHTS = "rights"
    """What was asked for about personal data, and why something must be kept."""
    TERMS = "terms"
    """How the own vendor does by its contract: for who oversees vendors, and for the vendor's manager."""
    SETTLED = "settled"
    """What was said of a statement: for the house's managers and the vendor's."""
    UNSENT = "unsent"
    """A statement that the vendor was not shown yet."""
    COLLEAGUES = "colleagues"
    """Who works for another vendor: for everybody in the house."""
    COMPLIANCE = "compliance"
    """Incidents and assessments: for the administration."""
    PROOF = "proof"
    """What proves a consent: in a copy of one's own data, and on no page."""
    AGENT_ONLY = "agent-only"
    """The agent's own draft, upload, private snippet and private view."""
    MACHINE = "machine"
    """Hashes, digests, keys, passwords of servers: for nobody."""


class Role(StrEnum):
    MANAGER = "manager"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    NEIGHBOUR = "neighbour"
    """An in-house agent of another team, who works the other queue."""
    NEWCOMER = "newcomer"
    """An in-house agent whose team works no queue."""
    VENDOR = "vendor_agent"
    VENDOR_MANAGER = "vendor_manager"
    ANONYMOUS = "anonymous"
    AGENT_TOKEN = "token of the agent"
    VENDOR_TOKEN = "token of the vendor_agent"


_ALL, _WORDS, _NOTHING = Sight.ALL, Sight.WORDS, Sight.NOTHING
_R, _G = Role, Group

_LEADERS = dict.fromkeys((_R.MANAGER, _R.SUPERVISOR), _ALL)
_CARE_TEAM = dict.fromkeys((_R.AGENT, _R.AGENT_TOKEN), _ALL)
_VENDOR_WORDS = dict.fromkeys((_R.VENDOR, _R.VENDOR_MANAGER, _R.VENDOR_TOKEN), _WORDS)
_IN_HOUSE = {**_LEADERS, **_CARE_TEAM, _R.NEIGHBOUR: _ALL, _R.NEWCOMER: _ALL}

# Whoever is not named in a line sees nothing.
SIGHT: Mapping[Group, Mapping[Role, Sight]] = {
    _G.INSIDE: {**_LEADERS, **_CARE_TEAM, **_VENDOR_WORDS},
    _G.ASIDE: _LEADERS,
    # Known as a customer to nobody's queue, so in-house people can find the record.
    _G.THIRD: {**_IN_HOUSE, **_VENDOR_WORDS},
    _G.SELF_EMPLOYED: {**_LEADERS, **_CARE_TEAM, **_VENDOR_WORDS},
    _G.SOLE_COMPANY: {**_IN_HOUSE, **_VENDOR_WORDS},
    _G.COMPANY: {**_IN_HOUSE, **_VENDOR_WORDS},
    _G.IN_HOUSE: {**_LEADERS, **_CARE_TEAM},
    _G.EXPIRED: {**_LEADERS, **_CARE_TEAM},
    _G.ELSEWHERE: {**_LEADERS, _R.NEIGHBOUR: _ALL},
    # Who sees the ticket that took it in sees its messages too; a vendor only where the contract opens both.
    _G.JOINED: {**_LEADERS, **_CARE_TEAM, _R.NEIGHBOUR: _ALL},
    _G.ELSEWHERE_COMPANY: _IN_HOUSE,
    _G.LONELY: _IN_HOUSE,
    _G.OPERATIONS: _LEADERS,
    _G.BLOCKED: {_R.MANAGER: _ALL},
    _G.RIGHTS: {_R.MANAGER: _ALL},
    _G.TERMS: {**_LEADERS, _R.VENDOR_MANAGER: _ALL},
    _G.SETTLED: {_R.MANAGER: _ALL, _R.VENDOR_MANAGER: _ALL},
    _G.UNSENT: {_R.MANAGER: _ALL},
    _G.COLLEAGUES: _IN_HOUSE,
    _G.COMPLIANCE: {_R.MANAGER: _ALL},
    _G.PROOF: {},
    _G.AGENT_ONLY: _CARE_TEAM,
    _G.MACHINE: {},
}


def sight(role: Role, group: Group) -> Sight:
    return SIGHT[group].get(role, Sight.NOTHING)


@dataclass(frozen=True)
class Secret:
    """One planted value. Personal data are masked for who sees `WORDS`; a word is not."""

    label: str
    text: str
    group: Group
    is_personal: bool = True

    def is_open_to(self, role: Role) -> bool:
        allowed = sight(role, self.group)
        return allowed is Sight.ALL or (allowed is Sight.WORDS and not self.is_personal)

    def __str__(self) -> str:
        return f"{self.group.value}: {self.label} “{self.text}”"


# --- One customer's values ----------------------------------------------------------------------------------------

ORDER = (
    Group.INSIDE,
    Group.IN_HOUSE,
    Group.ELSEWHERE,
    Group.EXPIRED,
    Group.JOINED,
    Group.LONELY,
    Group.SELF_EMPLOYED,
    Group.THIRD,
    Group.ASIDE,
    Group.COMPANY,
    Group.ELSEWHERE_COMPANY,
    Group.OPERATIONS,
    Group.BLOCKED,
    Group.AGENT_ONLY,
    Group.RIGHTS,
    Group.SETTLED,
    Group.UNSENT,
    Group.COMPLIANCE,
    Group.PROOF,
)
_SURNAMES = (
    "欧阳",
    "令狐",
    "慕容",
    "上官",
    "尉迟",
    "宇文",
    "司徒",
    "长孙",
    "皇甫",
    "夏侯",
    "诸葛",
    "申屠",
    "公孙",
    "轩辕",
    "端木",
    "闾丘",
    "濮阳",
    "澹台",
    "钟离",
)
_GIVEN = (
    "昶翀",
    "旻晟",
    "頔彧",
    "翙玥",
    "璟翎",
    "曦垚",
    "翊珩",
    "燊骅",
    "彣睿",
    "霁玥",
    "甯桉",
    "堃渤",
    "枻淏",
    "弈宸",
    "祎铄",
    "珺珩",
    "赟曜",
    "韫祺",
    "昉煜",
)
_FIRST = ("Zephyrine", "Wilhelmar", "Ottokarine", "Ignatzio", "Leopoldina", "Crispinian", "Barnabus", "Ermintrude")
_LAST = ("Quillfeather", "Oxtabyshire", "Brambleworth", "Fotheringale", "Nightgrove", "Umberfield", "Tankersloe")
_STREETS = "昱霓霰霭霪霏雯雩靁靆靇霅雭霂雱霙霁霢霡"


def letter(index: int) -> str:
    return "abcdefghijklmnopqrstuvwxyz"[index]


def word(place: str, group: Group) -> str:
    """A word that occurs in one place only, such as the subject of the inside ticket."""
    return f"{place}quox{letter(ORDER.index(group))}vex"


def mobile(index: int, line: int) -> str:
    """A mainland mobile number, another one for each customer and place."""
    return f"13{line}{(7351 + line * 1373 + index * 911) % 10000:04d}{(2468 + index * 977 + line * 3119) % 10000:04d}"


def id_number(index: int) -> str:
    """With the check digit that a real one has."""
    body = f"11010{index % 8 + 1}19{70 + index}0{index % 9 + 1}1{index % 9}{317 + index}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def bank_card(index: int) -> str:
    body = f"622202{(4815162342 + index * 104729) % 10**12:012d}"
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


@dataclass(frozen=True)
class Planted:
    """The values of one customer."""

    group: Group

    @cached_property
    def index(self) -> int:
        return ORDER.index(self.group)

    @property
    def name(self) -> str:
        return _SURNAMES[self.index] + self.given

    @property
    def given(self) -> str:
        return _GIVEN[self.index]

    @property
    def latin(self) -> tuple[str, str]:
        """How the same person is called in their mails."""
        return _FIRST[self.index % 8], _LAST[self.index % 7] + letter(self.index)

    @property
    def latin_name(self) -> str:
        return " ".join(self.latin)

    @property
    def email(self) -> str:
        return f"{self.latin[0].lower()}.quill{letter(self.index)}@{self.domain}"

    @property
    def domain(self) -> str:
        return f"quillmail{letter(self.index)}.example"

    @property
    def bystander(self) -> str:
        """In CC of the mail."""
        return f"bystander.crumble{letter(self.index)}@wickhouse{letter(self.index)}.example"

    @property
    def bystander_name(self) -> str:
        return f"Thaddeus Crumblewick{letter(self.index)}"

    @property
    def phone(self) -> str:
        return mobile(self.index, 0)

    @property
    def handle(self) -> str:
        return f"qz_{self.latin[0].lower()}{self.index}88"

    @property
    def customer_number(self) -> str:
        return f"KD-{7781 + self.index}-QZX{letter(self.index).upper()}"

    @property
    def id_number(self) -> str:
        return id_number(self.index)

    @property
    def card(self) -> str:
        return bank_card(self.index)

    @property
    def street(self) -> str:
        return f"{_STREETS[self.index]}昱路18{self.index}号"

    @property
    def english_street(self) -> str:
        return f"Quillhaven{letter(self.index)} Street"

    @property
    def file_name(self) -> str:
        return f"{self.name}-{mobile(self.index, 9)}.txt"

    @property
    def cut_phone(self) -> str:
        """Stands where the preview of a message ends, so that only its beginning is left there."""
        return f"15{self.index % 10}{(9137 + self.index * 613) % 10000:04d}8642"

    def word(self, place: str) -> str:
        return word(place, self.group)

    def secrets(self) -> Iterator[Secret]:
        yield from (Secret(label, text, self.group) for label, text in self._personal())
        for place in ("sub", "bod", "quo", "not", "cus"):
            yield Secret(f"word in {_PLACES[place]}", self.word(place), self.group, is_personal=False)
        yield Secret("word in the attached file", self.word("fil"), self.group)

    def _personal(self) -> Iterator[tuple[str, str]]:
        index = self.index
        yield "name", self.name
        yield "given name", self.given
        yield "name in mails", self.latin_name
        if index < len(_FIRST):
            yield "first name in mails", self.latin[0]
        yield "last name in mails", self.latin[1]
        yield "e-mail address", self.email
        yield "local part of the address", self.email.partition("@")[0]
        yield "domain of the address", self.domain.removesuffix(".example")
        yield "address in CC", self.bystander
        yield "name in CC", self.bystander_name
        yield "phone", self.phone
        yield "phone, dashed, in the body", mobile(index, 1)
        yield "phone, full-width, in the body", mobile(index, 2)
        yield "phone, digit by digit, in the body", mobile(index, 3)
        yield "phone in the quoted text", mobile(index, 4)
        yield "phone in the internal note", mobile(index, 5)
        yield "phone in the note about the customer", mobile(index, 6)
        yield "phone in the subject", mobile(index, 7)
        yield "phone in the file's name", mobile(index, 9)
        yield "phone across tags and in a link", f"17{mobile(index, 4)[2:]}"
        yield "phone in the former subject", f"18{mobile(index, 7)[2:]}"
        yield "beginning of the phone cut off in the preview", self.cut_phone[:9]
        yield "platform id", self.handle
        yield "customer number", self.customer_number
        yield "identity document", self.id_number
        yield "bank card", self.card
        yield "street", self.street
        yield "English street", self.english_street


_PLACES = {
    "sub": "the subject",
    "bod": "the body",
    "quo": "the quoted text",
    "not": "the internal note",
    "cus": "the note about the customer",
}
