"""What the children of test_child.py do."""

import os
import time

from examgen.errors import ExamgenError


def count(number):
    for value in range(number):
        yield value, os.getpid()


def sleep(seconds):
    yield "begun"
    time.sleep(seconds)


def eat(megabytes):
    yield len(bytearray(megabytes * 1024**2))


def die():
    os.abort()
    yield


def complain():
    raise ExamgenError("the text is odd", "Mend it.")
    yield


def recurse():
    def deeper():
        return deeper()

    yield deeper()
