"""Adds up the closing lines of nextest and cargo test in a log; prints "PASSED FAILED"."""

import pathlib
import re
import sys

passed = failed = 0
for line in pathlib.Path(sys.argv[1]).read_text(errors="replace").splitlines():
    if match := re.match(r"test result: \w+\. (\d+) passed; (\d+) failed;", line):
        passed += int(match[1])
        failed += int(match[2])
    elif re.match(r"\s*Summary \[", line):
        for number, what in re.findall(r"(\d+) (passed|failed|timed out|exec failed)", line):
            if what == "passed":
                passed += int(number)
            else:
                failed += int(number)
print(passed, failed)
