# wats: see README.md. Every target of DESIGN is listed by `make help`.
CC ?= cc
LUA ?= lua5.4
BUILD := build
CORE_SOURCES := $(sort $(wildcard csrc/core/*.c))
BINDING_SOURCES := $(sort $(wildcard csrc/*.c))
TEST_SOURCES := $(sort $(wildcard csrc/tests/test_*.c))
LUA_CFLAGS := $(shell pkg-config --cflags lua5.4)
LIBS := $(shell pkg-config --libs libcurl libmicrohttpd sqlite3 zlib) -lpthread -ldl -lm
WARNINGS := -Wall -Wextra -Wshadow -Wundef -Wconversion -Wstrict-prototypes \
  -Wmissing-prototypes -Wwrite-strings -Wpointer-arith
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -fPIC -fvisibility=hidden $(WARNINGS) $(CFLAGS) -Icsrc -Iinclude $(LUA_CFLAGS)
CORE_OBJECTS := $(CORE_SOURCES:%.c=$(BUILD)/%.o)
BINDING_OBJECTS := $(BINDING_SOURCES:%.c=$(BUILD)/%.o)
TESTS := $(TEST_SOURCES:csrc/tests/%.c=$(BUILD)/tests/%)

all: wats/core.so

wats/core.so: $(CORE_OBJECTS) $(BINDING_OBJECTS)
	@mkdir -p wats
	$(CC) -shared -Wl,-z,nodelete -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libwats.a: $(CORE_OBJECTS)
	ar rcs $@ $^

$(BUILD)/tests/%: csrc/tests/%.c $(BUILD)/libwats.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(BUILD)/libwats.a $(LIBS)

ctest: $(TESTS)
	@for t in $(TESTS); do echo "$$t"; ./$$t || exit 1; done

spec: all
	LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;" LUA_CPATH="$(CURDIR)/?.so;;" $(LUA) /usr/bin/busted

clean:
	rm -rf $(BUILD) wats

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all ctest spec clean
