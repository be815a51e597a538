"""Why a file is not read, in words for its user; knows no format."""

NOT_CONVERSATIONS = (
    "This is not a conversation file. Choose the JSON or ZIP file that you got as an export of your chats."
)
EMPTY = "This file is empty. It is not a conversation file."
DAMAGED = "This file is damaged, or was not written to its end. Nothing was imported. Get it once more where it came from."
NONE = "There are no conversations in this file."
UNREADABLE = "The conversations in this file could not be read. Nothing was imported."
TOO_LARGE = "This file is too large: what is packed in it takes more than 512 MB. Nothing was imported."
NESTED = "This file is too large to be read: it has too many parts. Nothing was imported."
NEWER = "This file was made by a newer version, and could not be read. Nothing was imported."


class Refused(Exception):
    """Nothing of a file can be taken; its text is one of the sentences above, or the like."""
