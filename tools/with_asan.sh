#!/bin/sh
# with_asan.sh BUILD COMMAND... - runs the test suite with the sanitizers'
# options set. The interpreter, which was built without AddressSanitizer, must
# load its runtime first to use our sanitized module: LUA, WATS_LUA and the
# interpreter's name in PATH become a script that sees to it, for the specs and
# for the Lua programs that they start.
set -eu
build=$PWD/$1
shift
top=$(cd "$(dirname "$0")/.." && pwd)
real=$(command -v "$LUA")
mkdir -p "$build/interpreter"
${CC:-cc} -shared -fPIC -o "$build/only_here.so" "$top/tools/only_here.c"

LUA=$build/interpreter/$(basename "$LUA")
cat >"$LUA" <<END
#!/bin/sh
LD_PRELOAD='$(${CC:-cc} -print-file-name=libasan.so):$build/only_here.so'"\${LD_PRELOAD:+:\$LD_PRELOAD}" exec '$real' "\$@"
END
chmod +x "$LUA"

export LUA WATS_LUA="$LUA" PATH="$build/interpreter:$PATH"
# For programs that a spec compiles and that load the module.
export HOST_CFLAGS="-fsanitize=address,undefined"
export ASAN_OPTIONS="detect_leaks=1:allocator_may_return_null=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:${UBSAN_OPTIONS:-}"
export LSAN_OPTIONS="print_suppressions=0:suppressions=$top/tools/lsan.supp"
exec "$real" "$@"
