#!/bin/sh
# help.sh - what `make help` prints.
cat <<'END'
make              the module (wats/core.so)
make demo         a shift of a test station against a local server
make test         C unit tests and specs
make test-long    the same with repeats, races and crash loops in full
make ctest, spec  one half each, without looking for packages; of these a part
                  with TEST=buffer, SPEC=spec/x_spec.lua
make check        style, sizes, layers, static analysis
make check-operations OPENAPI="FILE..."
                  the table of operations against OpenAPI descriptions
make asan         the tests with AddressSanitizer and UBSan
make tsan         the C tests with ThreadSanitizer
make valgrind     the tests under valgrind
make fuzz         each fuzzer for FUZZ_SECONDS (20)
make coverage     C line coverage of csrc/core
make bench        measurements, each beside its yardstick
make install      to PREFIX (/usr/local), below DESTDIR
make rockspec     writes the source lists of rockspec/wats-scm-1.rockspec anew
make fresh        tries `make test` and `make demo` in a bare Debian 12 (root)
make deps         installs what is missing to build, test and run (Debian)
make deps-full    and what the checks need
make shell-env    lines to eval: eval "$(make -s shell-env)"
make clean

Variables: CC, CFLAGS, LDFLAGS, LUA (lua5.4), PREFIX, DESTDIR, WERROR=1,
V=1 (show commands), WATS_WITHOUT_QUEUE=1, WATS_WITHOUT_HEALTH=1
END
