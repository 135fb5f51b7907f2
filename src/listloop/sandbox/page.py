"""Small HTML pages to look inside a stand-in: everything is escaped, nothing is loaded from elsewhere."""

from collections.abc import Iterable
from html import escape

from listloop.sandbox.clock import iso
from listloop.sandbox.journal import Entry
from listloop.sandbox.standin import ControlHandler, StandIn
from listloop.sandbox.switches import Value
from listloop.sandbox.wire import Call, Reply, Route

STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--link:#0a58ca}
@media(prefers-color-scheme:dark){:root{--link:#7db4ff}}
*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;margin:0}
header,main{max-width:68rem;margin:0 auto;padding:.75rem 1rem}header{display:flex;gap:1.25rem;flex-wrap:wrap;align-items:baseline}
header{border-bottom:1px solid var(--line)}a{color:var(--link)}h1{font-size:1.35rem;margin:.5rem 0}h2{font-size:1.05rem;margin:1.5rem 0 .5rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600}form.row{display:flex;gap:.5rem;flex-wrap:wrap;margin:.75rem 0;align-items:end}form.grid{display:grid;gap:.6rem;max-width:32rem}
label{display:grid;gap:.15rem}input,select{font:inherit;padding:.3rem .5rem;border:1px solid var(--line);border-radius:4px;background:transparent;color:inherit}
button{font:inherit;padding:.35rem .8rem;border:1px solid var(--line);border-radius:4px;background:var(--soft);color:inherit;cursor:pointer}
code,.key{overflow-wrap:anywhere}time{white-space:nowrap}pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.25rem 0}
label.box{display:flex;gap:.5rem;align-items:baseline}fieldset{border:1px solid var(--line);border-radius:4px}iframe{background:#fff;border:1px solid var(--line)}
form.row.tight{margin:0;flex-wrap:nowrap}form.row.tight input{width:8rem}small{opacity:.75}nav a[aria-current]{font-weight:600;text-decoration:none}
.said{border-left:4px solid var(--link);padding:.4rem .75rem;background:var(--soft)}.quiet{opacity:.75}
"""  # noqa: E501 - a style sheet
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


STEPS = ((60, "A minute"), (3600, "An hour"), (86_400, "A day"), (604_800, "A week"))


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def el(tag: str, *children: object, **attributes: object) -> Html:
    """An element. Children that are no `Html` are escaped; ``class_`` and ``for_`` lose their underscore."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"' if value is not True else f" {name}"
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    inner = "".join(child if isinstance(child, Html) else escape(str(child)) for child in children)
    return Html(f"<{tag}{given}>" if tag in {"br", "input", "meta"} else f"<{tag}{given}>{inner}</{tag}>")


def when(seconds: int) -> Html:
    """A moment as people read it, in UTC; nothing for never."""
    text = iso(seconds)
    return el("time", text[:19].replace("T", " "), datetime=text) if text else Html()


def table(heads: Iterable[object], rows: Iterable[Iterable[object]]) -> Html:
    names = [el("th", one, scope="col") for one in heads]
    head = el("thead", el("tr", *names)) if names else Html()
    body = [el("tr", *(el("td", cell) for cell in row)) for row in rows]
    return el("div", el("table", head, el("tbody", *body)), class_="scroll")


def field(label: str, name: str, value: object = "", **attributes: object) -> Html:
    return el("label", label, el("input", name=name, value=value, **attributes))


def button(text: str, **attributes: object) -> Html:
    return el("button", text, **attributes)


def page(standin: StandIn, title: str, *parts: Html, said: str = "", status: int = 200) -> Reply:
    nav = [("/_sandbox/", f"{standin.name.capitalize()} sandbox"), *standin.menu]
    nav += [("/_sandbox/pages/journal", "Journal")]
    nav += [("/_sandbox/pages/clock", "Clock"), ("/_sandbox/pages/switches", "Switches")]
    links = [el("a", text, href=href, aria_current="page" if text == title else None) for href, text in nav]
    head = el(
        "head", el("meta", charset="utf-8"), el("title", f"{title} - {standin.name} sandbox"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"), el("style", Html(STYLE)),
    )  # fmt: skip
    note = el("p", said, class_="said", role="status") if said else Html()
    body = el("body", el("header", el("nav", Html(" &nbsp; ".join(links)))), el("main", el("h1", title), note, *parts))
    text = "<!doctype html>" + el("html", head, body, lang="en")
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY, "X-Frame-Options": "DENY"}
    return Reply(status, text.encode(), headers)


def to(href: str) -> Reply:
    """Sends the browser on after a form."""
    return Reply(303, b"", {"Location": href})


def _asked(one: Entry) -> Html:
    asked = el("span", one.path, el("br"), el("small", "?" + one.query)) if one.query else el("span", one.path)
    body = el("details", el("summary", "body"), el("pre", one.body)) if one.body else Html()
    return el("div", asked, body, class_="key")


class CommonPages:
    """Journal, clock and switches, the same for every stand-in."""

    def __init__(self, standin: StandIn) -> None:
        self.standin = standin

    def routes(self) -> list[Route[ControlHandler]]:
        return [
            Route("GET", "/_sandbox/pages/journal", self.journal),
            Route("GET", "/_sandbox/pages/clock", self.clock),
            Route("POST", "/_sandbox/pages/clock", self.set_clock),
            Route("GET", "/_sandbox/pages/switches", self.switches),
            Route("POST", "/_sandbox/pages/switches", self.set_switch),
        ]

    def journal(self, _: Call, __: dict[str, str]) -> Reply:
        journal = self.standin.journal
        rows = [
            (one.number, when(one.time), one.method, _asked(one), one.status or "no answer", one.fault)
            for one in reversed(list(journal.entries)[-200:])
        ]
        sums = f"{journal.total} requests, at most {journal.highest} at once. The last {len(rows)}, newest first:"
        heads = ("No.", "Time (UTC)", "Method", "Path and body", "Status", "Fault")
        return page(self.standin, "Journal", el("p", sums), table(heads, rows))

    def clock(self, _: Call, __: dict[str, str]) -> Reply:
        state = self.standin.clock.state()
        how = "The clock stands still." if state["frozen"] else "The clock runs."
        forms = [
            el("form", *(button(f"{text} on", name="step", value=step) for step, text in STEPS), method="post",
               class_="row"),
            el("form", field("Seconds", "step", 60, type="number"), button("Step"), method="post", class_="row"),
            el("form", button("Run", name="do", value="run") if state["frozen"]
               else button("Freeze", name="do", value="freeze"), method="post", class_="row"),
        ]  # fmt: skip
        text = el("p", "It is ", when(self.standin.clock.now()), f" UTC. {how}")
        why = el("p", "Campaigns are sent, batches done and webhooks retried as this time goes on.", class_="quiet")
        return page(self.standin, "Clock", text, why, *forms)

    def set_clock(self, call: Call, _: dict[str, str]) -> Reply:
        form, clock = call.form(), self.standin.clock
        if form.get("step"):
            clock.step(int(form["step"]))
        if form.get("do") == "freeze":
            clock.freeze()
        if form.get("do") == "run":
            clock.run()
        return to("/_sandbox/pages/clock")

    def switches(self, _: Call, __: dict[str, str]) -> Reply:
        rows = []
        for switch in self.standin.switches.known.values():
            now = self.standin.switches[switch.name]
            chosen = [el("option", one, selected=one == now) for one in switch.choices]
            box = (
                el("select", *chosen, name="value", aria_label=switch.name)
                if chosen
                else el("input", name="value", value=now)
            )
            form = el("form", el("input", type="hidden", name="name", value=switch.name), box, button("Set"),
                      method="post", class_="row tight")  # fmt: skip
            about = el("span", el("code", switch.name), el("br"), switch.text, el("br"), el("small", switch.source))
            default = str(switch.default).replace(",", ", ") or "nothing"
            rows.append((about, Html(f"{form}<small>{escape(f'default: {default}')}</small>")))
        text = el("p", "What is not known about the real service, and how this one behaves.", class_="quiet")
        return page(self.standin, "Switches", text, table(("Question", "Answer"), rows))

    def set_switch(self, call: Call, _: dict[str, str]) -> Reply:
        form = call.form()
        switch = self.standin.switches.known.get(form.get("name", ""))
        if switch is None:
            raise ValueError(f"There is no switch {form.get('name')!r}.")
        value: Value = form.get("value", "")
        if switch.choices:
            value = {str(choice): choice for choice in switch.choices}[form["value"]]
        elif isinstance(switch.default, int):
            value = int(form["value"])
        self.standin.switches.set(switch.name, value)
        return to("/_sandbox/pages/switches")
