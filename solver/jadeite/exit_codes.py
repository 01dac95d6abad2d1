# SPDX-License-Identifier: LGPL-3.0-or-later
"""How a command ends, for whoever called it: a person, a job script, a sweep."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of all commands."""

    SUCCESS = 0
    #: A solver, the machine or a file failed; what was finished is kept.
    FAILED = 1
    #: A case, a recipe or a name given by the user is wrong: the same input fails again.
    INPUT = 2
    #: The run finished but does not give what its case expects.
    UNEXPECTED_RESULT = 3
    #: Asked to stop (signal USR1), the run wrote a checkpoint and left: `jadeite resume` goes on.
    CHECKPOINTED = 85
    #: Interrupted (Ctrl-C, signal TERM); `jadeite resume` goes on from the last checkpoint.
    INTERRUPTED = 130
