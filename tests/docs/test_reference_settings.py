"""The reference of the settings is what the settings say of themselves."""

from listloop.settings import Settings
from tests.docs.printed import compare, row


def test_the_page_lists_every_setting_with_its_limits_and_default() -> None:
    compare("settings.md", "listloop.settings.Settings", _table())


def _table() -> str:
    lines = [row("in listloop.toml", "in the environment", "default", "what it is"), row("---", "---", "---", "---")]
    schema = Settings.model_json_schema()["properties"]
    for name, one in schema.items():
        limits = [
            f"{word} {one[key]:g}" for key, word in (("minimum", "at least"), ("maximum", "at most")) if key in one
        ]
        text = one["description"] + (f" {', '.join(limits).capitalize()}." if limits else "")
        usual = one.get("default", "~/.listloop/listloop.sqlite" if name == "database" else "")
        lines.append(row(f"`{name}`", f"`LISTLOOP_{name.upper()}`", f"`{usual}`" if usual != "" else "", text))
    return "\n".join(lines)
