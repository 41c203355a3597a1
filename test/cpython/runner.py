"""Runs tests of CPython's own and prints a line for each: its name, a tab, the verdict. Arguments: names below `test.`"""
import os
import sys
import unittest
from test import support

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
names = [f"test.{name}" for name in sys.argv[1:]]
unittest.defaultTestLoader.loadTestsFromNames(names).run(Lines())
verdicts.flush()
os._exit(0)
