"""A conversation's tree as it ought to be, in dictionaries; knows no store and no chat."""

from pizzagpt_desktop.domain.conversation import Role, Status


class Node:
    """A message as it ought to be."""

    def __init__(self, role: Role, text: str, status: Status, parent: str | None) -> None:
        self.role, self.text, self.status, self.parent = role, text, status, parent
        self.removed_with: str | None = None
        self.kept = False


class Nodes(dict[str, Node]):
    """Messages by id, in order of creation."""

    def visible(self, role: Role | None = None) -> list[str]:
        """What is in no removed branch."""
        return [
            identity
            for identity, node in self.items()
            if node.removed_with is None and role in (None, node.role)
        ]

    def below(self, top: str) -> list[str]:
        """A message and all visible ones below it."""
        found = {top}
        for identity in self.visible():
            if self[identity].parent in found:
                found.add(identity)
        return [identity for identity in self.visible() if identity in found]

    def beside(self, one: str) -> list[str]:
        """A message and its visible siblings."""
        return [i for i in self.visible() if self[i].parent == self[one].parent]

    def path(self, leaf: str | None) -> list[str]:
        """From the root to `leaf`."""
        path = []
        while leaf is not None:
            path.append(leaf)
            leaf = self[leaf].parent
        return path[::-1]
