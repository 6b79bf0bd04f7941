"""What people read when something was refused: for every error code a sentence and advice.

A test compares the codes here with those that the packages raise. `{name}` is a field of the error.
"""

from collections.abc import Mapping

UNKNOWN = (
    "Something did not work ({code}).",
    "Go back and try again. If it happens again, give this code to whoever runs the server.",
)

_SEE_SERVER = "This is for whoever runs the server; nothing you typed is lost."

ERRORS: Mapping[str, tuple[str, str]] = {
    "assets.not_built": (
        "The pages' style and script files have not been built.",
        "Run “{command}” in the server's folder, then start it again.",
    ),
    "assets.unreadable": (
        "The list of the pages' style and script files cannot be read.",
        "Run “{command}” in the server's folder, then start it again.",
    ),
    "assets.unknown": (
        "A page asks for the file {name}, which was not built.",
        "Build the pages' files again, then start the server again.",
    ),
    "audio.frame": (
        "The sound arrived in a form that cannot be used.",
        "Reload the page and switch the microphone on again.",
    ),
    "command.key": (
        "The request came without its own number.",
        "Reload the page and try again.",
    ),
    "command.key_reused": (
        "This number was already used for another request.",
        "Reload the page and try again.",
    ),
}
