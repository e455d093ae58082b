# wats: `make help` lists the targets; README.md says how to begin.
#
# What is found on this machine (compiler, Lua, libraries) stands in
# $(BUILD)/config.mk, written by tools/configure.sh when it is first needed.
# Each kind of build has its own directory: build/plain, build/asan, ...

CC ?= cc
LUA ?= lua5.4
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BUILD ?= build/plain
SPEC ?= spec
TEST ?= *
FUZZ_SECONDS ?= 20
export PATH := $(or $(PATH),/usr/local/bin:/usr/bin:/bin)
Q := $(if $(V),,@)

# The plain module lies where `require "wats.core"` looks in a checkout, that
# of any other build lies in its own directory.
MODULE_ROOT := $(if $(filter build/plain,$(BUILD)),.,$(BUILD)/module)
MODULE := $(if $(filter .,$(MODULE_ROOT)),,$(MODULE_ROOT)/)wats/core.so

CORE := $(sort $(wildcard csrc/core/*.c))
BINDING := $(sort $(wildcard csrc/*.c))
TESTS := $(patsubst csrc/tests/%.c,$(BUILD)/tests/%,\
  $(sort $(wildcard csrc/tests/test_$(TEST).c)))
FUZZERS := $(patsubst csrc/tests/%.c,build/fuzz/%,\
  $(sort $(wildcard csrc/tests/fuzz_*.c)))

WARNINGS := -Wall -Wextra -Wshadow -Wundef -Wconversion -Wstrict-prototypes \
  -Wmissing-prototypes -Wwrite-strings -Wpointer-arith -Wvla -Wno-missing-field-initializers \
  $(if $(WERROR),-Werror)
WITHOUT := $(if $(WATS_WITHOUT_QUEUE),-DWATS_WITHOUT_QUEUE) \
  $(if $(WATS_WITHOUT_HEALTH),-DWATS_WITHOUT_HEALTH)
LANGUAGE = -std=c11 -D_GNU_SOURCE $(WITHOUT) -Icsrc -Iinclude $(LUA_CFLAGS) \
  $(LIB_CFLAGS) $(CPPFLAGS)
COMPILE = $(CC) $(LANGUAGE) -fPIC -fvisibility=hidden $(WARNINGS) $(SANITIZE) \
  $(CFLAGS)

all: $(MODULE)

# --- configuration ---------------------------------------------------------

# Goals that compile nothing themselves; some install first what it takes.
LIGHT := help clean deps deps-full shell-env print-sources rockspec test \
  test-long demo check asan tsan valgrind fuzz coverage bench fresh
CONFIG_KEY := $(CC) $(LUA) $(CFLAGS) $(SANITIZE) $(WARNINGS) $(WITHOUT)

ifneq ($(filter-out $(LIGHT),$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/config.mk
ifneq ($(strip $(CONFIG_KEY)),$(strip $(CONFIGURED_FOR)))
$(BUILD)/config.mk: reconfigure
endif
endif

$(BUILD)/config.mk: tools/configure.sh
	@mkdir -p $(BUILD)
	@CC="$(CC)" LUA="$(LUA)" WITHOUT="$(strip $(WITHOUT))" \
	  KEY="$(strip $(CONFIG_KEY))" sh tools/configure.sh > $@.new
	@mv $@.new $@

# --- compiling -------------------------------------------------------------

# The tests' library counts live blocks, so that they can look for leaks.
CORE_OBJECTS := $(CORE:%.c=$(BUILD)/%.o)
TEST_OBJECTS := $(BUILD)/tests/alloc.o \
  $(filter-out %/core/alloc.o,$(CORE_OBJECTS))

$(MODULE): $(CORE_OBJECTS) $(BINDING:%.c=$(BUILD)/%.o)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(SHARED) $(SANITIZE) $(CFLAGS) $(LDFLAGS) -o $@.new $^ $(LIBS)
	@mv $@.new $@

$(BUILD)/%.o: %.c $(BUILD)/config.mk
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

$(BUILD)/tests/alloc.o: csrc/core/alloc.c $(BUILD)/config.mk
	@mkdir -p $(@D)
	@echo "  CC $< (counting)"
	$(Q)$(COMPILE) -DWATS_ALLOC_COUNT -MMD -MP -c -o $@ $<

$(BUILD)/tests/libwats.a: $(TEST_OBJECTS)
	@rm -f $@
	@echo "  AR $@"
	$(Q)ar rcs $@ $^

$(BUILD)/tests/%: csrc/tests/%.c $(BUILD)/tests/libwats.a
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(Q)$(COMPILE) -MMD -MP -o $@ $< $(BUILD)/tests/libwats.a $(LDFLAGS) $(LIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# --- running ---------------------------------------------------------------

ENVIRONMENT = eval "$$(sh tools/shell_env.sh "$(MODULE_ROOT)")"
SUITE = $(ENVIRONMENT); export CC="$(CC)" LUA="$(LUA)" WATS_LUA="$(LUA)"; \
  $(or $(SUITE_BY),$(LUA)) tools/suite.lua
# One job per processor, unless the caller said how many.
SUBMAKE = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,\
  -j$$(getconf _NPROCESSORS_ONLN))

test: deps
	+@$(SUBMAKE) suite

# What `test` runs, without looking for packages first.
suite: $(MODULE) $(TESTS)
	@$(SUITE) $(TESTS) $(SPEC)

test-long: deps
	@WATS_TEST_LONG=1 SUITE_TIMEOUT=1800 $(SUBMAKE) suite

ctest: $(TESTS)
	@$(SUITE) $(TESTS)

spec: $(MODULE)
	@$(SUITE) $(SPEC)

demo: deps
	+@$(SUBMAKE) run-demo

run-demo: $(MODULE)
	@$(ENVIRONMENT); $(LUA) examples/shift.lua $(DEMO_FLAGS)

bench: deps
	+@$(SUBMAKE) run-bench

run-bench: $(MODULE)
	@$(ENVIRONMENT); for file in bench/*.lua; do \
	  [ ! -f "$$file" ] || $(LUA) "$$file" || exit 1; done

check: deps
	+@$(SUBMAKE) run-check

run-check: $(BUILD)/config.mk $(MODULE)
	@$(ENVIRONMENT); LUA="$(LUA)" FLAGS="$(strip $(LANGUAGE))" \
	  OPENAPI="$(OPENAPI)" sh tools/check.sh

# OPENAPI: descriptions of the WATS API (JSON), against which the table of
# operations is held.
check-operations: $(MODULE)
	@$(ENVIRONMENT); $(LUA) tools/operations.lua $(OPENAPI)

asan: deps
	+@$(SUBMAKE) suite BUILD=build/asan CFLAGS="-O1 -g -fno-omit-frame-pointer" \
	  SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined" \
	  SUITE_BY="sh tools/with_asan.sh build/asan"

# The host program and the module in it; liblua is the system's.
THREAD_SANITIZED := BUILD=build/tsan CFLAGS="-O1 -g" \
  SANITIZE="-fsanitize=thread"

tsan: deps
	+@TSAN_OPTIONS="allocator_may_return_null=1:$$TSAN_OPTIONS" \
	  $(SUBMAKE) ctest $(THREAD_SANITIZED)
	+@$(SUBMAKE) $(THREAD_SANITIZED) all
	+@HOST_CFLAGS="-fsanitize=thread -g" HOST_CPATH="$(CURDIR)/build/tsan/module/?.so;;" \
	  TSAN_OPTIONS="die_after_fork=0:$$TSAN_OPTIONS" \
	  $(SUBMAKE) spec SPEC=spec/core/host_spec.lua

valgrind: deps
	+@$(SUBMAKE) suite BUILD=build/valgrind CFLAGS="-O1 -g" \
	  SUITE_BY="sh tools/with_valgrind.sh"

coverage: deps
	@[ ! -d build/coverage ] || find build/coverage -name '*.gcda' -delete
	+@$(SUBMAKE) suite BUILD=build/coverage CFLAGS="-O0 -g --coverage"
	@sh tools/coverage.sh build/coverage

fuzz: deps
	+@$(SUBMAKE) run-fuzz BUILD=build/fuzz CC=clang CFLAGS="-O1 -g" \
	  SANITIZE="-fsanitize=fuzzer-no-link,address,undefined"
	+@$(SUBMAKE) run-fuzz-parse

build/fuzz/fuzz_%: csrc/tests/fuzz_%.c build/fuzz/tests/libwats.a
	@echo "  CC $<"
	$(Q)$(COMPILE) -fsanitize=fuzzer -o $@ $^ $(LDFLAGS) $(LIBS)

run-fuzz: $(FUZZERS)
	@sh tools/fuzz.sh $(FUZZ_SECONDS) $(FUZZERS)

# The same for what is written in Lua: the reading of reports.
run-fuzz-parse: $(MODULE)
	@eval "$$(sh tools/shell_env.sh .)" && $(LUA) tools/fuzz_parse.lua $(FUZZ_SECONDS)

# --- installing, and the rest ----------------------------------------------

install: $(MODULE)
	@LUA="$(LUA)" sh tools/install.sh "$(MODULE)" "$(DESTDIR)" "$(PREFIX)"

deps:
	@CC="$(CC)" LUA="$(LUA)" sh tools/deps.sh

deps-full:
	@CC="$(CC)" LUA="$(LUA)" sh tools/deps.sh full

shell-env:
	@sh tools/shell_env.sh .

# All that compiles, run or not.
programs: $(MODULE) $(TESTS)

print-sources:
	@printf '%s\n' $(BINDING) $(CORE)

rockspec:
	@$(LUA) tools/rockspec.lua

fresh:
	@sh tools/fresh.sh

clean:
	rm -rf build wats

help:
	@sh tools/help.sh

reconfigure:
.PHONY: all check-operations programs reconfigure suite ctest spec run-demo run-bench run-fuzz run-fuzz-parse run-check install \
  $(LIGHT)
.DELETE_ON_ERROR:
