"""Fifty calls of one agent, everything their browser receives searched for every number of the list.

Beside the browser: the logs, the spool and what processes show of their arguments.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from dialer.demo.seeding import CUSTOMERS
from tests.browser.desk import DIALLING, HELD, PREVIEW, READY, TALKING, WRAP_UP, Desk
from tests.browser.fixtures import Tell
from tests.browser.leaks import Leak, Searcher
from tests.browser.people import Customer, read_customers
from tests.browser.product import Product
from tests.browser.tape import Tape
from tests.browser.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(900)]
CALLS = 50
# A phone rings for half a second at most, and most people talk for one or two.
SPEED = 60
# Written by hand into the row and marked never: nobody but the firm may see it.
NEVER_SEEN = b"dispute open"


class Session:
    """What one agent's browser received in a long session, and who was called."""

    def __init__(self, product: Product, tape: Tape, customers: list[Customer]) -> None:
        self.product = product
        self.tape = tape
        self.customers = customers
        self.searcher = Searcher([one.number for one in customers])
        self.called: list[str] = []
        self.verified: set[str] = set()

    def leaks(self, parts: Iterable[tuple[str, bytes]]) -> list[Leak]:
        """Search parts of what came."""
        return [leak for place, data in parts for leak in self.searcher.search(place, data)]


@pytest.fixture(scope="module")
def session(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Fifty calls, and every other address of the agent's surface."""
    product = Product(tmp_path_factory.mktemp("leaks") / "var", speed=SPEED)
    product.start()
    try:
        visit = Visit(browser, product, {})
        context = visit.context("marta")
        customers = read_customers(tmp_path_factory.mktemp("list"), count=CUSTOMERS)
        session = Session(product, Tape(context), customers)
        page = context.new_page()
        for path in (
            "/account",
            "/floor",
            "/nothing-here",
            "/sign-in/help",
            "/watermark.svg",
            "/contacts",
            "/console",
        ):
            page.goto(product.agent + path)
            session.tape.keep("page", page.content().encode())
        _work(session, Desk.on(page))
        visit.close()
        yield session
    finally:
        product.stop()


def _work(session: Session, desk: Desk) -> None:
    # Time is moved on over the rest of the big button, not waited for.
    desk.hurry()
    desk.get_person()
    for number in range(CALLS):
        name = desk.name
        session.called.append(name)
        desk.act("F2", DIALLING, TALKING, WRAP_UP)
        if desk.wait(TALKING, WRAP_UP) == TALKING:
            _talk(session, desk, name, number)
        desk.wait(WRAP_UP)
        desk.choose()
        if number % 10 == 3:
            desk.page.locator("#note").fill("Wants the offer by post.")
        session.tape.keep_page(desk.page)
        if number % 10 == 7:
            desk.page.reload()
            desk.wait(WRAP_UP)
            desk.choose()
        desk.act("F2", READY, PREVIEW)
        desk.wait(PREVIEW)
        session.tape.keep_page(desk.page)


def _talk(session: Session, desk: Desk, name: str, number: int) -> None:
    page: Page = desk.page
    if number % 2 == 0:
        page.keyboard.press("Shift+F8")
        desk.wait(HELD, WRAP_UP)
    if _verify(session, desk, name):
        session.verified.add(name)
    session.tape.keep_page(page)
    if desk.state in (TALKING, HELD):
        page.keyboard.press("F9")


def _verify(session: Session, desk: Desk, name: str) -> bool:
    """Type a wrong answer, then the right one, as far as the call lasts."""
    form = desk.page.locator("#answer")
    if not form.is_visible():
        return False
    question = desk.page.locator("label[for=answer]").inner_text().lower()
    customer = next(one for one in session.customers if one.name == name)
    right = next(answer for asked, answer in customer.answers.items() if asked in question)
    for answer in ("99999", right):
        if not form.is_visible():
            break
        try:
            form.fill(answer, timeout=3000)
        except PlaywrightTimeout:
            # The call ended between the look and the typing.
            return False
        form.press("Enter")
        desk.page.wait_for_timeout(150)
    return desk.page.locator("#person .badge", has_text="Verified").is_visible()


def test_no_number_of_the_list_arrives_in_any_form(session: Session, tell: Tell) -> None:
    tape = session.tape
    # The browser may drop the body of its own icon before it can be read back: the same file is read again and searched.
    for url in [url for url in tape.unread if url.endswith("/static/dialer/img/favicon.svg")]:
        with urlopen(url, timeout=10) as again:
            tape.keep("body", again.read())
        tape.unread.remove(url)
    leaks = session.leaks(tape.parts())
    tell(
        f"{len(session.called)} calls, {tape.answers} answers, {tape.frames} frames, "
        f"{tape.size:,} different bytes searched for {len(session.customers)} numbers: {len(leaks)} found"
    )
    assert leaks == []
    assert tape.unread == []
    assert len(session.called) == CALLS


def test_the_search_would_have_found_one(session: Session) -> None:
    number = session.customers[17].number.national
    planted = (
        f'{{"type":"state","person":{{"fields":[{{"value":"{number[:3]} {number[3:6]} {number[6:]}"}}]}}}}'
    )
    first = next(session.tape.parts())
    assert {(leak.number, leak.place) for leak in session.leaks([first, ("planted", planted.encode())])} == {
        (17, "planted")
    }


def test_the_browser_did_receive_the_people_it_called(session: Session) -> None:
    for name in session.called:
        assert session.tape.has(name.split()[1].encode())
    assert len(set(session.called)) > CALLS // 2


def test_a_column_marked_never_does_not_arrive(session: Session) -> None:
    assert any(
        one.row["credit_note"].encode() == NEVER_SEEN
        for one in session.customers
        if one.name in session.called
    )
    for never in (NEVER_SEEN, b"credit_note", b"Credit note"):
        assert not session.tape.has(never)


def test_what_needs_verification_arrives_only_after_it(session: Session) -> None:
    assert session.verified, "nobody was verified in the whole session"
    by_name = {one.name: one for one in session.customers}
    for name in session.called:
        email = by_name[name].row["email"].encode()
        assert session.tape.has(email) == (name in session.verified), "an e-mail came at the wrong time"


def test_nobody_who_was_not_called_arrives(session: Session) -> None:
    # The last one stands in preview.
    others = [one for one in session.customers if one.name not in session.called]
    came = [one for one in others if session.tape.has(one.row["email"].encode())]
    assert came == []


def test_logs_spool_and_arguments_hold_no_number(session: Session, tell: Tell) -> None:
    found: list[Leak] = []
    size = 0
    places = [
        path
        for name in ("log", "spool", "exchange", "demo")
        for path in (session.product.var / name).rglob("*")
    ]
    places += [session.product.var / "said.log", *Path("/proc").glob("[0-9]*/cmdline")]
    for path in places:
        data = _read(path)
        size += len(data)
        found += session.searcher.search(path.name, data)
    tell(f"{size:,} bytes of logs, spool, exchange and arguments searched: {len(found)} found")
    assert size > 1000
    assert found == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        # A process may have ended since the folder was listed.
        return b""
