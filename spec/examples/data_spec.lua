-- The logs that the examples read are what their README says, and what generate.lua makes.

local files = require("spec.support.files")

local DIRECTORY = "examples/data"
local FILES = { "PCB-4100", "PCB-2205", "PSU-1030" }

local function path_of(part_number, directory)
  return ("%s/2025-03-13_%s.csv"):format(directory or DIRECTORY, part_number)
end

local read = files.contents

local function cells(line)
  local list = {}
  for cell in (line .. ","):gmatch("([^,]*),") do list[#list + 1] = cell end
  return list
end

-- Whether a measurement is within its limits, told without the library.
local function passes(test)
  local kind, value, low, high = test[4], test[5], tonumber(test[7]), tonumber(test[8])
  if kind == "P" then return value == "PASS" end
  if kind == "S" then return value == test[7] end
  local number = value == "OL" and math.huge or assert(tonumber(value), value)
  return (not low or number >= low) and (not high or number <= high)
end

local function runs_of(part_number)
  local runs = {}
  for line in read(path_of(part_number)):gmatch("[^\n]+") do
    local record = cells(line)
    if record[1] == "RUN" then
      runs[#runs + 1] = { serial_number = record[2], note = record[10], tests = {}, passed = true }
    elseif record[1] == "TEST" then
      local run = runs[#runs]
      run.tests[#run.tests + 1] = record
      run.passed = passes(record) and run.passed
    end
  end
  return runs
end

-- Runs, units, units that failed at first, units that passed in the end.
local function figures(part_number)
  local runs, units, failed, passed, last = runs_of(part_number), 0, 0, 0, {}
  for _, run in ipairs(runs) do
    if last[run.serial_number] == nil then
      units = units + 1
      if not run.passed then failed = failed + 1 end
    end
    last[run.serial_number] = run.passed
  end
  for _, good in pairs(last) do passed = passed + (good and 1 or 0) end
  return { #runs, units, failed, passed, #runs[1].tests }
end

describe("the logs", function()
  it("hold what the README says", function()
    assert.same({ 30, 26, 4, 25, 35 }, figures("PCB-4100"))
    assert.same({ 28, 24, 4, 24, 31 }, figures("PCB-2205"))
    assert.same({ 21, 18, 2, 18, 32 }, figures("PSU-1030"))
  end)

  it("have the same tests in every run of a product, each name once", function()
    for _, part_number in ipairs(FILES) do
      local names
      for _, run in ipairs(runs_of(part_number)) do
        local list, seen = {}, {}
        for i, test in ipairs(run.tests) do
          assert.equal(8, #test)
          assert.is_nil(seen[test[3]], test[3])
          seen[test[3]] = true
          list[i] = test[2] .. "/" .. test[3]
        end
        names = names or list
        assert.same(names, list)
      end
    end
  end)

  it("fail on a first run without a note, and come back with one", function()
    for _, part_number in ipairs(FILES) do
      local seen = {}
      for _, run in ipairs(runs_of(part_number)) do
        assert.equal(seen[run.serial_number] ~= nil, run.note ~= "", run.serial_number)
        seen[run.serial_number] = true
      end
    end
  end)

  it("are what generate.lua makes", function()
    local directory = os.tmpname()
    os.remove(directory)
    assert(os.execute("mkdir " .. directory))
    assert(os.execute(("%s %s/generate.lua %s"):format(os.getenv("LUA") or "lua5.4", DIRECTORY,
      directory)))
    for _, part_number in ipairs(FILES) do
      assert.is_true(read(path_of(part_number)) == read(path_of(part_number, directory)),
        part_number)
      os.remove(path_of(part_number, directory))
    end
    os.remove(directory)
  end)
end)
