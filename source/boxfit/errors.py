"""What boxfit raises when its input cannot be used.

Every message names the file or view, what was found, and what to do. The command line prints it as one line and
exits with 1; anything else that escapes is a bug in boxfit.
"""


class BoxfitError(Exception):
    """Base of every error that a user of boxfit can cause and mend."""


class DatasetError(BoxfitError):
    """A dataset's files are missing, unreadable or contradict each other."""


class CameraError(BoxfitError):
    """A camera cannot be used: not a pinhole, singular, or not finite."""


class StageError(BoxfitError):
    """A USD stage cannot be opened, does not fit its purpose, or cannot be written."""


class FitError(BoxfitError):
    """The views do not determine a box."""


class RendererError(BoxfitError):
    """A renderer cannot run here; the message says what is missing and how to get it."""


class OutputError(BoxfitError):
    """A file beside the stage cannot be written."""


class RequirementError(BoxfitError):
    """A package that boxfit needs is missing and was not installed; the message says how to get it."""


class PanelError(BoxfitError):
    """The panel cannot be shown here; the message says what is missing and how to get it."""
