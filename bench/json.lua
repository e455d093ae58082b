-- What reading and writing JSON costs beside lua-cjson: ratios of medians, both taking turns in
-- one run, on reports in the server's format. Lua collects its garbage as it always does.
--
--   make bench     (or: lua5.4 bench/json.lua, with wats found by LUA_PATH and LUA_CPATH)

local cjson = require("cjson").new()
local json = require("wats.json")
local turns = require("bench.support.turns")

local ROUNDS = 61
local BYTES_PER_ROUND = 500000
local READ_TARGET, WRITE_TARGET = 0.55, 0.7

-- The numbers of a generator of our own: every machine measures the same texts.
local seed = 20260130
local function random(n)
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return (seed >> 8) % n
end

-- A measured value with as many decimals as an instrument shows.
local function measured(decimals)
  return random(1000000) / 10 ^ decimals
end

local function numeric_step(id)
  local name = ("Voltage at TP%d"):format(random(200))
  local value = measured(3)
  local measurement = { compOp = "GELE", name = json.null, status = "P", unit = "V", value = value,
    highLimit = value + 1.5, lowLimit = value - 1.5 }
  return { id = id, group = "M", stepType = "ET_NLT", name = name, status = "P",
    totTime = measured(4), causedUUTFailure = false, numericMeas = json.array { measurement } }
end

local function text_step(id)
  local measurement = { compOp = "EQ", name = json.null, status = "P", limit = "",
    value = ("v%d.%d-é"):format(random(9), random(99)) }
  return { id = id, group = "M", stepType = "ET_SVT", name = "Firmware version", status = "P",
    totTime = measured(4), causedUUTFailure = false, stringMeas = json.array { measurement } }
end

local function report(steps)
  local list = json.array {}
  for id = 2, steps + 1 do
    list[#list + 1] = random(5) == 0 and text_step(id) or numeric_step(id)
  end
  return { type = "T", id = "33a2d408-3fc8-480b-b554-6866c77fd91c", pn = "PCBA-100", rev = "B",
    sn = ("SN%06d"):format(random(1000000)), processCode = 10, result = "P", machineName = "ICT-01",
    location = "Oslo", purpose = "Production", start = "2026-01-30T22:01:41.4707353+01:00",
    root = { id = 1, group = "M", stepType = "SequenceCall", name = "Main", status = "P",
      totTime = measured(2), steps = list } }
end

local function read_sample()
  local file = io.open("../shared/wats/samples/uut_export.json", "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

local function cases()
  local small = json.encode { partNumber = "PCBA-100", name = "Controller board", description = "",
    nonSerial = false, state = 1, xmlData = "<x/>", productCategoryId = 3, tags = json.array {},
    revisions = json.array { { revision = "A", name = "first", state = 1 },
      { revision = "B", name = "second", state = 1 } }, id = 1734, weight = 12.5 }
  local list = { { "product, 300 B", small }, { "report, 4 KB", json.encode(report(18)) },
    { "report, 50 KB", json.encode(report(236)) } }
  local sample = read_sample()
  if sample then list[#list + 1] = { "exported report", sample } end
  return list
end

-- Processor seconds of a call of each.
local function measure(ours, theirs, argument, calls)
  local function calling(f)
    return function()
      for _ = 1, calls do f(argument) end
    end
  end
  return turns.measure({ calling(ours), calling(theirs) },
    { rounds = ROUNDS, calls = calls, clock = os.clock })
end

local missed = 0

local function row(what, ours, theirs, target)
  local ratio = ours / theirs
  if ratio > target then missed = missed + 1 end
  print(("%-24s %10.2f us %10.2f us %6.2fx  at most %.2fx  %s"):format(what, ours * 1e6,
    theirs * 1e6, ratio, target, ratio <= target and "ok" or "MISSED"))
end

print(("%-24s %13s %13s %7s"):format("JSON", "wats", "lua-cjson", "ratio"))
for _, case in ipairs(cases()) do
  local name, text = case[1], case[2]
  local calls = math.max(1, BYTES_PER_ROUND // #text)
  local value = json.decode(text, { nulls = "keep" })
  local ours, theirs = measure(json.decode, cjson.decode, text, calls)
  row("read " .. name, ours, theirs, READ_TARGET)
  ours, theirs = measure(json.encode, cjson.encode, value, calls)
  row("write " .. name, ours, theirs, WRITE_TARGET)
end
if missed > 0 then print(missed .. " of them missed their target") end
