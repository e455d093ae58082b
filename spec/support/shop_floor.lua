-- Reports of a small production for the specs of statistics: eight units go through two
-- operations, and what they show can be counted by hand.
--
--   PCBA test (50), station ICT-01:  U1..U5 pass; U6 fails, then passes; U7 fails twice, then
--     passes; U8 fails and stays so.
--   End of line test (100), station EOL-01:  U1..U4 pass; U5 fails.

local sandboxes = require("spec.support.sandbox")
local cjson = require("cjson")
local needs = require("spec.support.needs")
local support = require("spec.support.client")

local M = {}

local function step(id, name, value)
  local passed = value >= 4.8 and value <= 5.2
  return {
    id = id, group = "M", stepType = "ET_NLT", name = name, status = passed and "P" or "F",
    causedUUTFailure = not passed,
    numericMeas = { { compOp = "GELE", value = value, lowLimit = 4.8, highLimit = 5.2, unit = "V",
      status = passed and "P" or "F", name = cjson.null } },
  }
end

--- A test report as its WSJF text.
---@param serial_number string
---@param code integer
---@param start integer epoch seconds
---@param five_volts number 4.8 to 5.2 passes
---@param changes table|nil
function M.report(serial_number, code, start, five_volts, changes)
  local measured = step(3, "5V", five_volts)
  local report = sandboxes.report {
    sn = serial_number, processCode = code, result = measured.status,
    machineName = code == 50 and "ICT-01" or "EOL-01",
    start = os.date("!%Y-%m-%dT%H:%M:%S+00:00", start),
    root = {
      id = 1, group = "M", stepType = "SequenceCall", name = "Main", status = measured.status,
      steps = { { id = 2, group = "M", stepType = "SequenceCall", name = "Power",
        status = measured.status, steps = { measured } } },
    },
    uut = { user = "kari", execTime = 60, batchSN = "B-1" },
  }
  for name, value in pairs(changes or {}) do report[name] = value end
  return cjson.encode(report)
end

--- A repair of a unit that failed.
function M.repair(serial_number, start)
  return cjson.encode {
    type = "R", id = require("wats.core").uuid(), pn = "PCBA-100", sn = serial_number, rev = "A",
    processCode = 500, result = "P", machineName = "REP-01", location = "Oslo", purpose = "Test",
    start = os.date("!%Y-%m-%dT%H:%M:%S+00:00", start),
    uur = { user = "ola", processCode = 50 },
    subUnits = { { idx = 0, pn = "PCBA-100", sn = serial_number, rev = "A", partType = "PCBA",
      failures = {
        { category = "Component", code = "Defect", comRef = "C1", refStepName = "5V" },
        { category = "Process", code = "Solder", comRef = "R2" },
      } } },
  }
end

--- All of it, an hour of it for each run, ending about now.
---@return string[]
function M.reports()
  local list, at = {}, os.time() - 40 * 3600
  local function test(serial_number, code, five_volts)
    at = at + 3600
    list[#list + 1] = M.report(serial_number, code, at, five_volts)
  end
  for i = 1, 5 do test("U" .. i, 50, 5 + i / 100) end
  test("U6", 50, 5.4)
  test("U6", 50, 5.0)
  test("U7", 50, 5.5)
  test("U7", 50, 5.6)
  test("U7", 50, 5.1)
  test("U8", 50, 4.1)
  for i = 1, 4 do test("U" .. i, 100, 4.9) end
  test("U5", 100, 5.3)
  list[#list + 1] = M.repair("U8", at)
  return list
end

---@class spec.ShopFloor
---@field sandbox wats.Sandbox
---@field client wats.Client        a new one for each spec
---@field analytics wats.Analytics

--- A sandbox that has these reports, for the specs of one file; before each of them its faults and
--- journal are cleared. Without a sandbox they are skipped.
---   local it, floor = shop_floor.open(it, pending, setup, teardown, before_each)
---@return function it
---@return spec.ShopFloor
function M.open(it, pending, setup, teardown, before_each)
  local floor, box = {}, nil
  it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function()
    box = support.sandbox()
    floor.sandbox = box.sandbox
    assert(box.sandbox:seed { reports = M.reports() })
  end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:clear_faults())
    assert(box.sandbox:clear_journal())
    floor.client = support.connect(box)
    floor.analytics = floor.client.analytics
  end)

  --- What the sandbox was asked last, as its journal has it.
  function floor.last_request()
    local journal = assert(floor.sandbox:journal())
    return journal[#journal]
  end

  return it, floor
end

return M
