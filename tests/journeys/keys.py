"""Walking by keyboard alone: wherever the focus stops, it is seen."""

from playwright.sync_api import Page

MOST_STEPS = 90

HERE = """() => {
    const it = document.activeElement, box = it.getBoundingClientRect(), look = getComputedStyle(it);
    const on = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return {
        words: (it.labels?.[0] ?? it).innerText || it.ariaLabel || it.value || "",
        // The button inside a box for a date or a time has a ring of its own, which the box does not know.
        ring: look.outlineStyle !== "none" || look.boxShadow !== "none" || ["date", "time"].includes(it.type),
        covered: !(on && (it.contains(on) || on.contains(it) || on.closest("label")?.contains(it))),
    };
}"""


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is on what begins with `words`; wherever it stops, it is seen."""
    passed = []
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        assert (here["ring"], here["covered"]) == (True, False), f"the focus is not seen on {here['words']!r}"
        passed.append(here["words"].strip()[:40])
        if here["words"].strip().startswith(words):
            return
    raise AssertionError(f"Tab does not reach {words!r}; it came by {passed}")


def press(page: Page, words: str) -> None:
    """Go to a link or button by Tab and press Enter."""
    tab_to(page, words)
    page.keyboard.press("Enter")


def write(page: Page, label: str, text: str) -> None:
    tab_to(page, label)
    page.keyboard.type(text)
