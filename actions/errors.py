"""Every error of the project, in one tree.

    QvlError
    |-- UserError      bad input: one line with cause and cure, exit 2
    |-- BadReply       the model's answer is no valid action: told to the model, three in a row end
    |-- ActionError    the action could not be carried out: told to the model
    |-- EnvError       the browser, screen or phone is lost: ends the episode as `env_lost`
    `-- ModelError     the model cannot answer: ends the episode as `model_error`

Anything else is a bug and is not caught.
"""


class QvlError(Exception):
    """The root of the tree; never raised itself."""


class UserError(QvlError):
    """Bad input; the message names the cause and the cure in one line."""


class BadReply(QvlError):
    """A reply that is no valid action; the message is what the model is told."""


class ActionError(QvlError):
    """An action that could not be carried out; the message is what the model is told."""


class EnvError(QvlError):
    """The environment is gone or does not answer; the message names the cause."""


class ModelError(QvlError):
    """The model cannot answer; the message names the cause."""


class OutOfMemory(ModelError):
    """What was asked does not fit into memory; less history may."""
