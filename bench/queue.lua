-- What the queue costs the test: submit of a 50 KB report while a server takes two seconds for
-- each, beside one insert and sync of the same bytes by SQLite alone in the same journal mode;
-- reports that are delivered while the script is blocked in C; and the queue's own operations among
-- 100,000 reports that wait beside the same among 1,000 (queue_yardstick.c).
--
--   make bench     (or: lua5.4 bench/queue.lua, with wats found by LUA_PATH and LUA_CPATH)

local core = require("wats.core")
local sandboxes = require("wats.sandbox")
local wats = require("wats")

local SUBMITS = 200
local BUSY = 0.005 -- seconds that the script works between two submits

local function build_yardstick()
  local directory = os.getenv("BUILD") or "build/plain"
  local file = directory .. "/queue_yardstick"
  local objects = ("$(for f in csrc/core/*.c; do echo %s/${f%%.c}.o; done)"):format(directory)
  local libraries = ("$(sed -n 's/^LIBS := //p' %s/config.mk)"):format(directory)
  local compile = "%s -std=c11 -D_GNU_SOURCE -O2 -Icsrc -o %s bench/queue_yardstick.c %s %s"
  assert(os.execute(compile:format(os.getenv("CC") or "cc", file, objects, libraries)),
    "cannot build the yardstick")
  return file
end

local missed = 0

local function verdict(target, fits)
  if not fits then missed = missed + 1 end
  return target .. (fits and "  ok" or "  MISSED")
end

local function row(what, ours, yardstick, most)
  print(("%-40s %9.3f ms %9.3f ms %7.2fx  %s"):format(what, ours * 1e3, yardstick * 1e3,
    ours / yardstick, most and verdict(("at most %.1fx"):format(most), ours <= yardstick * most)
      or ""))
end

local function at(list, share)
  return list[math.max(1, math.ceil(#list * share))]
end

-- ---- the sample --------------------------------------------------------------------

-- A test of some 50 KB, as a station writes it: groups of measurements with limits.
local function sample(client)
  local uut = client.report:uut { part_number = "PCBA-100", serial_number = "SN-1",
    revision = "A", process_code = 50, operator = "op" }
  local number = 0
  repeat
    local group = uut:sequence(("Group %d"):format(number))
    for i = 1, 20 do
      number = number + 1
      group:numeric { name = ("Voltage at test point %d"):format(i), unit = "V",
        value = 3.3 + math.sin(number) / 100, low = 3.2, high = 3.4 }
    end
  until number == 240
  uut:finish()
  return uut:to_json(), uut.id
end

-- The same report as another one.
local function renewed(text, id)
  local first, last = text:find(id, 1, true)
  return text:sub(1, first - 1) .. core.uuid() .. text:sub(last + 1)
end

-- ---- submit beside SQLite ------------------------------------------------------------

local function work(seconds)
  local stop, x = core.monotonic() + seconds, 0
  while core.monotonic() < stop do x = x + math.sqrt(#tostring(x)) end
end

local function submits(directory, yardstick, sandbox, client, text, id)
  local body = directory .. "/body"
  local file = assert(io.open(body, "wb"))
  file:write(text)
  file:close()
  local sqlite <close> = assert(core.spawn { argv = { yardstick, "insert",
    directory .. "/yardstick.db", body }, stdin = "pipe", stdout = "pipe" })
  local queue = assert(wats.queue.open { path = directory .. "/outbox.db", client = client })
  assert(sandbox:fault { times = 0, path = "/api/Report/*", delay_ms = 2000 })
  local ours, theirs = {}, {}
  for i = 0, SUBMITS do -- the first only warms up
    local report = renewed(text, id)
    work(BUSY)
    local start = core.monotonic()
    assert(queue:submit(report))
    ours[i] = core.monotonic() - start
    sqlite:write("\n")
    theirs[i] = tonumber((assert(sqlite:read(60))))
  end
  table.sort(ours)
  table.sort(theirs)
  row(("submit of %d KB, median"):format(#text // 1000), at(ours, 0.5), at(theirs, 0.5), 1.5)
  row("  99th percentile", at(ours, 0.99), at(theirs, 0.99), 2)
  row("  longest", ours[#ours], theirs[#theirs])
  assert(sandbox:clear_faults())
  queue:close()
end

-- ---- blocked in C ------------------------------------------------------------------------

local function blocked(directory, sandbox, client, text, id)
  local queue = assert(wats.queue.open { path = directory .. "/blocked.db", client = client })
  assert(sandbox:clear_journal())
  for _ = 1, 100 do assert(queue:submit(renewed(text, id))) end
  assert(os.execute("sleep 10"))
  local came = 0
  for _, entry in ipairs(assert(sandbox:journal())) do
    came = came + (entry.processed == 200 and 1 or 0)
  end
  print(("%-40s %9d    %9d    %8s  %s"):format("delivered of 100 while blocked 10 s", came, 100, "",
    verdict("all", came == 100)))
  queue:close()
end

-- ---- a hundred thousand -------------------------------------------------------------------

local function among_many(directory, yardstick)
  local small, large = directory .. "/small.db", directory .. "/large.db"
  assert(os.execute(("%s fill %s 1000 && %s fill %s 100000"):format(yardstick, small, yardstick,
    large)))
  local pipe = assert(io.popen(("%s rows %s %s"):format(yardstick, large, small)))
  for line in pipe:lines() do
    local name, ours, base = line:match("^(%S+) (%S+) (%S+)$")
    row(name .. " among 100,000 beside 1,000", tonumber(ours), tonumber(base), 2)
  end
  assert(pipe:close(), "the yardstick has failed")
  local memory = {}
  for i, path in ipairs { large, small } do
    pipe = assert(io.popen(("%s memory %s"):format(yardstick, path)))
    memory[i] = tonumber(pipe:read("a"):match("%d+"))
    assert(pipe:close(), "the yardstick has failed")
  end
  print(("%-40s %9.1f MB %9.1f MB %7.2fx  %s"):format("memory with 100,000 beside 1,000",
    memory[1] / 1e6, memory[2] / 1e6, memory[1] / memory[2],
    verdict("at most 1.5x", memory[1] <= memory[2] * 1.5)))
end

local function main()
  local pipe = assert(io.popen("mktemp -d"))
  local directory = pipe:read("l")
  pipe:close()
  local remover <close> = setmetatable({}, { __close = function()
    os.execute("rm -rf '" .. directory .. "'")
  end })
  assert(remover)
  local yardstick = build_yardstick()
  local sandbox <close> = assert(sandboxes.spawn { lua = os.getenv("LUA") })
  local client = assert(wats.connect { base_url = sandbox.url, token = sandbox.token,
    rate_limit = false, station = { name = "ICT-01", location = "Oslo", purpose = "Test" } })
  local text, id = sample(client)
  print(("%-40s %12s %12s %8s"):format("", "wats", "yardstick", "ratio"))
  submits(directory, yardstick, sandbox, client, text, id)
  blocked(directory, sandbox, client, text, id)
  among_many(directory, yardstick)
  client:close()
end

main()
if missed > 0 then print(missed .. " of them missed their target") end
