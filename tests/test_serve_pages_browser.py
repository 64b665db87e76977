"""The pages in a real browser: the whole way from a pasted document to an error model that ten labels changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pages_browser import chromium
from pages_tools import assistants, pages

from lightwing.cli.relearn import relearner
from lightwing.core.case import Case

DOCUMENT = """# Rules

Answer in at most 40 words. Be kind to beginners. Do not promise a refund.
"""


def says(case: Case, call: int) -> str:
    return f"Water flows down to the sea {'rude ' if call % 3 == 2 else ''}and returns as rain for the {call}th time."


def find(browser: Any, selector: str) -> Any:
    return browser.find_element("css selector", selector)


def press(browser: Any, selector: str) -> None:
    """Clicks what may lie outside the window."""
    button = find(browser, selector)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()


def submit(browser: Any, selector: str) -> None:
    """Clicks what sends a form; returns when the next page is there, so that no element is one of the page left."""
    left = find(browser, "html")
    press(browser, selector)
    holds(browser, lambda: gone(left))
    loaded(browser)


def loaded(browser: Any) -> None:
    """Returns when the page and its scripts are there."""
    holds(browser, lambda: browser.execute_script("return document.readyState") == "complete")


def gone(element: Any) -> bool:
    from selenium.common.exceptions import StaleElementReferenceException

    try:
        element.is_enabled()
    except StaleElementReferenceException:
        return True
    return False


def holds(browser: Any, so: Callable[[], Any]) -> None:
    """Waits until ``so()`` is true; what a page replaces meanwhile is asked for again."""
    from selenium.common.exceptions import StaleElementReferenceException
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 20, 0.05, ignored_exceptions=[StaleElementReferenceException]).until(lambda _: so())


def key(browser: Any, letter: str, then: str) -> None:
    """Presses a key on the page of labels; returns when the page says ``then`` and listens again."""
    browser.find_element("tag name", "body").send_keys(letter)
    browser.find_element("xpath", f"//*[@id='progress'][starts-with(normalize-space(.), '{then}')]")
    loaded(browser)


def fill(browser: Any, selector: str, text: str) -> None:
    field = find(browser, selector)
    field.clear()
    field.send_keys(text)


def refused(browser: Any) -> list[str]:
    """What the log holds against our pages."""
    return [line["message"] for line in browser.get_log("browser") if line["level"] == "SEVERE"]


def test_the_whole_way_from_a_document_to_an_error_model(tmp_path: Path) -> None:
    place = str(tmp_path / "traces.db")
    with pages(tmp_path, relearn=relearner(place), named=assistants(says)) as run, chromium() as browser:
        browser.get(f"{run.url}/specs")
        fill(browser, "#document", DOCUMENT)
        submit(browser, "button[value=compile]")
        assert find(browser, "#coverage").text.startswith("1 exact, 2 judged")
        assert find(browser, "pre.document mark.exact").text.startswith("Answer in at most 40 words")
        fill(browser, "input[name='args.c1']", '{"of": "words", "max": 30}')
        submit(browser, "button[value=save]:not(.sr)")
        assert find(browser, "input[name='args.c1']").get_attribute("value") == '{"of": "words", "max": 30}'

        for n in range(5):
            fill(browser, "input[name=wish]", f"Why does it rain, part {n}?")
            select = find(browser, "select[name=model]")
            select.find_element("xpath", "./option[.='lightwing/help']").click()
            submit(browser, "button[value=try]")
            assert find(browser, "#tried .badge").text
        address = find(browser, "#tried a[href^='/errors']").get_attribute("href")
        label = find(browser, "#tried a[href^='/label']").get_attribute("href")

        browser.get(address)
        before = find(browser, "#model-id").text
        assert find(browser, "#labels").text == "0"

        browser.get(label)
        assert find(browser, "#progress").text.startswith("0 of 10 labelled")
        for n in range(10):
            key(browser, "n" if n % 4 == 0 else "y", f"{n + 1} of 10")
        browser.get(label)
        assert "All is labelled" in find(browser, "main").text
        key(browser, "u", "9 of 10")
        key(browser, "y", "10 of 10")

        browser.get(address)
        assert find(browser, "#labels").text == "10"
        assert find(browser, "#model-id").text != before
        assert browser.find_elements("css selector", "tr.moved")
        assert refused(browser) == []


def test_a_chat_shows_the_answer_and_what_was_corrected(tmp_path: Path) -> None:
    with pages(tmp_path) as run, chromium() as browser:
        browser.get(f"{run.url}/assistants/lightwing/help")
        fill(browser, "#say", "What do <b>rivers</b> do?")
        press(browser, "#send")
        holds(browser, lambda: "verified" in find(browser, "#log .badge").text)
        assert find(browser, "#log .its .said").text == "Rivers run to the sea slowly and they bend."
        assert "fix" in find(browser, "#log .told").text
        assert "<b>rivers</b>" in find(browser, "#log .mine").text
        assert refused(browser) == []
        find(browser, "#log .told a").click()
        holds(browser, lambda: "Rivers run to the sea" in find(browser, "main").text)


def test_the_list_refreshes_itself_until_it_is_paused(tmp_path: Path) -> None:
    from test_serve_pages import ask

    with pages(tmp_path) as run, chromium() as browser:
        browser.get(run.url)
        assert "There is no trace" in find(browser, "#live").text
        id = ask(run)
        holds(browser, lambda: find(browser, f"#live a[href='/traces/{id}']").is_displayed())
        press(browser, "#pause")
        assert find(browser, "#pause").get_attribute("aria-pressed") == "true"
        assert refused(browser) == []


def test_charts_are_drawn_under_the_strict_policy_and_pages_fit_a_phone(tmp_path: Path) -> None:
    from test_serve_pages import ask

    place = str(tmp_path / "traces.db")
    with pages(tmp_path, relearn=relearner(place)) as run, chromium() as browser:
        id = ask(run)
        for path, charts in (("/clauses", 1), ("/cost", 4)):
            browser.get(run.url + path)
            find(browser, ".chart .main-svg .trace")
            assert len(browser.find_elements("css selector", ".chart .main-svg .xy")) >= charts
            assert browser.find_elements("css selector", "table")
            assert refused(browser) == [], path
        phone = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        every = ("/", f"/traces/{id}", "/clauses", "/cost", "/assistants", "/assistants/lightwing/help", "/label")
        for path in (*every, "/specs?assistant=lightwing/help", "/errors"):
            browser.get(run.url + path)
            assert browser.execute_script("return document.documentElement.scrollWidth") <= 360, path
            assert refused(browser) == [], path
