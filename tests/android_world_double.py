"""A package with the modules and signatures of AndroidWorld, and a phone that writes things down.

Source: google-research/android_world at commit d9c569f764b3; test_android_world_upstream.py
compares the signatures where the real package is installed.
"""

from __future__ import annotations

from pathlib import Path

MODULES = {
    "__init__.py": "",
    "env/__init__.py": "",
    "task_evals/__init__.py": "",
    "task_evals/miniwob/__init__.py": "",
    "env/json_action.py": """
class JSONAction:
    def __init__(
        self, action_type=None, index=None, x=None, y=None, text=None, direction=None,
        goal_status=None, app_name=None, keycode=None, clear_text=None,
    ):
        known = "answer click double_tap keyboard_enter navigate_back navigate_home open_app"
        if action_type not in known.split():
            raise ValueError(f"Invalid action type: {action_type}")
        self.action_type, self.text = action_type, text
""",
    "env/adb_utils.py": """
def issue_generic_request(args, env, timeout_sec=None):
    assert isinstance(args, list) and timeout_sec
    env.told.append(" ".join(args))

def type_text(text, env, timeout_sec=None):
    env.told.append("text " + text)
""",
    "env/env_launcher.py": """
import sys
import types
import numpy

class AsyncEnv:
    def __init__(self):
        self.told, self.looks = [], 0
        page = types.SimpleNamespace(reward=lambda: float("click" in self.told))
        self.controller = types.SimpleNamespace(told=self.told, env=page)
        self.interaction_cache = ""

    foreground_activity_name = "com.android.launcher/.Main"
    logical_screen_size = (108, 240)
    orientation = 0

    def reset(self, go_home=False):
        self.interaction_cache = ""
        self.told[:] = ["home"] if go_home else []

    def hide_automation_ui(self):
        self.told.append("hidden")

    def get_state(self, wait_to_stabilize=False):
        self.looks += 1
        pixels = numpy.full((240, 108, 3), self.looks % 256, numpy.uint8)
        return types.SimpleNamespace(pixels=pixels)

    def execute_action(self, action):
        if action.action_type == "answer":
            self.interaction_cache = action.text
        else:
            self.told.append(action.action_type)

    def close(self):
        pass

def load_and_setup_env(
    console_port=5554, emulator_setup=False, freeze_datetime=True, adb_path="adb", grpc_port=8554
):
    if console_port == 9999:
        raise RuntimeError("no device")
    print("setup" if emulator_setup else "connect", file=sys.stderr)
    return AsyncEnv()
""",
    "registry.py": """
from android_world_tasks import COMPLEXITY, QUESTIONS

class Task:
    start_on_home_screen = True

    def __init__(self, params):
        self.params, self.initialized = params, False

    @property
    def name(self):
        return type(self).__name__

    @property
    def goal(self):
        return f"{self.name} with number {self.params['seed']}"

    def initialize_task(self, env):
        assert not self.initialized
        env.interaction_cache = ""
        self.initialized = True

    def is_successful(self, env):
        assert self.initialized
        if type(self).__name__ in QUESTIONS:
            return float(env.interaction_cache == "42")
        return float(env.controller.told == ["home", "hidden", "click"])

    def tear_down(self, env):
        self.initialized = False

class MiniWobClickTest(Task):
    start_on_home_screen, complexity = False, 3

    @property
    def goal(self):
        if not self.initialized:
            raise ValueError("MiniWoB task must be initialized")
        return "Follow the instructions"

    def is_successful(self, env):
        return env.controller.env.reward()

class TaskRegistry:
    def get_registry(self, family):
        if family == "miniwob":
            return {"click-test": MiniWobClickTest}
        assert family == "android_world"
        return {name: type(name, (Task,), {"complexity": n}) for name, n in COMPLEXITY.items()}
""",
    "suite_utils.py": """
def create_suite(
    task_registry, n_task_combinations=1, seed=None, tasks=None, use_identical_params=False,
    env=None,
):
    kept = sorted(name for name in task_registry if tasks is None or name in tasks)
    numbers = range(n_task_combinations)
    return {name: [task_registry[name]({"seed": seed + n}) for n in numbers] for name in kept}
""",
    "task_evals/miniwob/miniwob_base.py": """
def is_episode_terminated(env):
    return env.controller.env.reward() != 0.0
""",
}


def install(folder: Path) -> Path:
    """Write the package below a folder that is put on the path."""
    for name, text in MODULES.items():
        place = folder / "android_world" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder
