"""MiniWoB++: 125 small web tasks whose pages say themselves when they are done."""

from .names import MOBILE, TASKS, TAUGHT, TEST, TRAIN
from .pages import FLIGHT, Pages, page_folder, pages_of
from .profiles import PROFILES, Profile
from .task import MiniwobTask, start

__all__ = [
    "FLIGHT", "MOBILE", "PROFILES", "TASKS", "TAUGHT", "TEST", "TRAIN", "MiniwobTask", "Pages",
    "Profile",
    "page_folder", "pages_of", "start",
]  # fmt: skip
