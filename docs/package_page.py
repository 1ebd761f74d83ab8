"""Makes the links of README.md absolute for the page of a release: python docs/package_page.py README.md ADDRESS TAG"""

import re
import sys
from pathlib import Path

_LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|!\[[^\]]*\]\([^)]*\))*)\]\((?P<target>[^)\s]+)\)")


def with_absolute_links(text: str, address: str, tag: str) -> str:
    """Return a Markdown text whose relative links lead to a tag of a repository.

    Args:
        text: The text, of a file at the root of the repository.
        address: The repository, such as "https://github.com/owner/name".
        tag: The tag.
    """

    def absolute(found: re.Match[str]) -> str:
        target, label = found["target"], _LINK.sub(absolute, found["text"])
        if not re.match(r"[a-z]+:|#", target):
            target = f"{address.rstrip('/')}/{'raw' if found['image'] else 'blob'}/{tag}/{target}"
        return f"{found['image']}[{label}]({target})"

    parts = re.split(r"(```.*?```)", text, flags=re.DOTALL)
    return "".join(part if part.startswith("```") else _LINK.sub(absolute, part) for part in parts)


if __name__ == "__main__":
    path, address, tag = Path(sys.argv[1]), *sys.argv[2:4]
    path.write_text(with_absolute_links(path.read_text(encoding="utf-8"), address, tag), encoding="utf-8")
