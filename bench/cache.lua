-- What the response cache itself costs, in C: each operation in a cache of a million answers beside
-- the same in one of a thousand; what an answer takes of memory beside its key, fields and body;
-- how look-ups of four threads in one cache get on beside those of one. What a cached answer costs
-- in Lua, domain calls included, stands in bench/client.lua.
--
--   make bench     (or: lua5.4 bench/cache.lua, with wats found by LUA_PATH and LUA_CPATH)

-- The core's objects as they were built (not those of sources that are gone), with what they need
-- of the system.
local function run_yardstick()
  local directory = os.getenv("BUILD") or "build/plain"
  local file = directory .. "/cache_yardstick"
  local objects = ("$(for f in csrc/core/*.c; do echo %s/${f%%.c}.o; done)"):format(directory)
  local libraries = ("$(sed -n 's/^LIBS := //p' %s/config.mk)"):format(directory)
  local compile = "%s -std=c11 -D_GNU_SOURCE -O2 -Icsrc -o %s bench/cache_yardstick.c %s %s"
  local command = compile:format(os.getenv("CC") or "cc", file, objects, libraries)
  assert(os.execute(command), "cannot build the yardstick")
  local found = {}
  local pipe = assert(io.popen(file))
  for line in pipe:lines() do
    local name, value = line:match("^(%S+) (%S+)$")
    found[name] = tonumber(value)
  end
  assert(pipe:close(), "the yardstick has failed")
  return found
end

local missed = 0

local function verdict(target, fits)
  if not fits then missed = missed + 1 end
  return target .. (fits and "  ok" or "  MISSED")
end

local found = run_yardstick()

print(("%-40s %12s %12s %8s"):format("processor time of a call", "at 1e6", "at 1e3", "ratio"))
for _, row in ipairs {
  { "get_hot", "get, of the same 1,000" }, { "get_any", "get, of any" },
  { "put", "put, in place of any" }, { "evict", "put, and evict" },
} do
  local large, small = found[row[1] .. "_1000000"], found[row[1] .. "_1000"]
  print(("%-40s %9.3f us %9.3f us %7.2fx  %s"):format(row[2], large * 1e6, small * 1e6,
    large / small, verdict("at most 2.0x", large <= 2 * small)))
end

if found.memory then -- where malloc tells
  print(("%-40s %9.0f B  %9.0f B  %8s  %s"):format("an answer, over key + fields + body",
    found.memory, found.payload, "", verdict("at most 160 B", found.memory <= 160)))
end

print(("%-40s %9.2f M  %9.2f M  %7.2fx  %s"):format("look-ups in a second, 4 threads / 1",
  found.threads_4 / 1e6, found.threads_1 / 1e6, found.threads_4 / found.threads_1, ""))
if missed > 0 then print(missed .. " of them missed their target") end
