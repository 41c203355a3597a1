"""
Runs tests of CPython's own and prints a line for each: its name, a tab, the verdict. Standard input has names below
`test.` in one line; what nearly every module imports, which is slow without compiled files, is done before it is read.
"""
import os
import subprocess
import tempfile
import threading
import unittest
import unittest.mock
from test import support
from test.support import import_helper, os_helper, script_helper, threading_helper, warnings_helper

support.use_resources = []  # as regrtest without -u: no network, no large files, no audio
support.verbose = 0
# Tests write to descriptors 1 and 2, and close them.
verdicts = os.fdopen(os.dup(1), "w", buffering=1)


class Lines(unittest.TestResult):
    def say(self, test, verdict):
        print(test.id(), verdict.replace("\n", " "), sep="\t", file=verdicts, flush=True)

    def reason(self, error):
        return f"{error[0].__name__}: {error[1]}"

    def addSuccess(self, test):
        self.say(test, "ok")

    def addFailure(self, test, error):
        self.say(test, "FAIL " + self.reason(error))

    def addError(self, test, error):
        self.say(test, "ERROR " + self.reason(error))

    def addSkip(self, test, reason):
        self.say(test, "skipped " + reason)

    def addExpectedFailure(self, test, error):
        self.say(test, "expected failure")

    def addUnexpectedSuccess(self, test):
        self.say(test, "unexpected success")

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.say(subtest, "FAIL " + self.reason(error))


os.mkdir("/tmp/cpython")
os.chdir("/tmp/cpython")
names = [f"test.{name}" for name in os.read(0, 4096).decode().split()]
unittest.defaultTestLoader.loadTestsFromNames(names).run(Lines())
verdicts.flush()
os._exit(0)
