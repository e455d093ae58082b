-- Whatever stands in a record, the judge says what is wrong and does not break; what could be read
-- is settled, searched, repaired and written without raising.
local files = require("spec.support.files")
local json = require("wats.json")
local report = require("wats.report")

local random = math.random

local file = files.contents

local TEXTS = { file("spec/support/uut_report.json"), file("spec/support/uur_report.json") }

local ODD = {
  function() return json.null end, function() return nil end, function() return 5 end,
  function() return -1.5 end, function() return 2 ^ 60 end, function() return "" end,
  function() return "NaN" end, function() return "F" end, function() return true end,
  function() return {} end, function() return json.array {} end,
  function() return json.array { 7, json.array {}, { {} } } end,
  function() return { id = "x", status = 5, steps = 3, loop = 4 } end,
}

-- All tables within a value.
local function tables(value, list)
  if type(value) ~= "table" then return list end
  list[#list + 1] = value
  for _, element in pairs(value) do tables(element, list) end
  return list
end

-- Puts something odd into one to three places.
local function spoil(record)
  local all = tables(record, {})
  for _ = 1, random(3) do
    local place = all[random(#all)]
    local names = {}
    for name in pairs(place) do names[#names + 1] = name end
    table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
    local name = names[1] and names[random(#names)]
    if name then place[name] = ODD[random(#ODD)]() end
  end
  return record
end

-- Calls what may tell of a mistake, but must not break.
local function try(what, ...)
  local done, said = pcall(...)
  assert(done or said:find(what .. ": ", 1, true) and not said:find("attempt to", 1, true), said)
end

local function use(record)
  local ok, problems, warnings = report.validate(record)
  assert(ok == true and problems == nil or ok == nil and #problems > 0)
  assert(type(warnings) == "table")
  if record.type == "T" then try("uur", report.uur, { uut = record }, { name = "R" }) end
  local written, text = pcall(json.encode, record)
  local read = written and report.parse(text)
  if not read then return end
  read:validate()
  read:find_step("x")
  read:count_steps()
  read:get_failed_steps()
  if read.root then
    read:numeric { name = "n", value = 9, high = 1 }
    read:loop("l"):pass_fail { passed = false }
  end
  read:misc("a", "b"):asset("c"):additional_data("d", { e = 1 })
  if read.record.type == "R" then
    try("failure", read.failure, read, { category = "a", code = "b" })
    try("sub_unit", read.sub_unit, read, { part_number = "p", serial_number = "s", replaces = 1 })
    try("attachment", read.attachment, read, { name = "x", data = "y", failure = 2 })
    try("attachment", read.attachment, read, { name = "x", data = "y" })
  end
  read:finish()
  read:to_json()
end

describe("a record with anything in it", function()
  local count = os.getenv("WATS_TEST_LONG") and 20000 or 1000

  it(("is judged, read and used (%d spoilt ones)"):format(count), function()
    for seed = 1, count do
      math.randomseed(seed)
      local text = TEXTS[seed % 2 + 1]
      local record = spoil(json.decode(text, { nulls = random(2) == 1 and "keep" or "drop" }))
      local ok, problem = xpcall(use, debug.traceback, record)
      assert.is_true(ok, ("with the seed %d: %s"):format(seed, tostring(problem)))
    end
    math.randomseed(os.time())
  end)
end)
