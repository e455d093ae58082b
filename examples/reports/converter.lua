-- converter.lua: how to write a converter: a function that turns the log of a tester into reports.
--
--   wats convert FT2-0117.log --with examples/reports/converter.lua        print what it makes
--   wats watch DIR --with examples/reports/converter.lua                   day by day
--
-- or in Lua: queue:watch(dir, { formats = { dofile("examples/reports/converter.lua") } })
--
-- Such a log holds a block for each unit, and a plot of each run lies beside it, written last:
--
--   TESTER FT-2
--   UNIT AMP-300 rev C sn 0117 by kari at 2025-03-13T06:08:21+01:00
--     gain          19.98 dB    [19.5 .. 20.5]
--     noise         <= 3.0 mV   2.4
--     self test     PASS
--   END 12.5 s

local wats = require("wats")

local OPERATION = 100 -- the process code of the functional test on our server

-- What a line says, each pattern with what is to be done then. `file:fail` ends the reading; the
-- reason gets the number of the line by itself, as does whatever else goes wrong here.
local LINES = {
  {
    "^UNIT (%S+) rev (%S+) sn (%S+) by (%S+) at (%S+)$",
    function(state, part_number, revision, serial_number, operator, start)
      if state.uut then state.file:fail("the unit before has no END") end
      -- `file:uut` is the report builder, with the station of this converter
      state.uut = state.file:uut {
        part_number = part_number, revision = revision, serial_number = serial_number,
        operator = operator, start = start, process_code = OPERATION,
      }
    end,
  },
  {
    "^%s+(.-)%s+(%S+) (%S+)%s+%[(%S+) %.%. (%S+)%]$",
    function(state, name, value, unit, low, high)
      state.uut:numeric { name = name, value = state.number(value), unit = unit,
        low = state.number(low), high = state.number(high) }
    end,
  },
  {
    "^%s+(.-)%s+<= (%S+) (%S+)%s+(%S+)$",
    function(state, name, high, unit, value)
      state.uut:numeric { name = name, value = state.number(value), unit = unit,
        high = state.number(high) }
    end,
  },
  {
    "^%s+(.-)%s+(%u+)$",
    function(state, name, verdict)
      if verdict ~= "PASS" and verdict ~= "FAIL" then
        state.file:fail("%s is neither PASS nor FAIL", verdict)
      end
      state.uut:pass_fail { name = name, passed = verdict == "PASS" }
    end,
  },
  {
    "^END (%S+) s$",
    function(state, seconds)
      if state.plot then state.uut:misc("Plot", state.plot.name) end -- where to look for it
      state.uut:finish { exec_time = state.number(seconds) }
      table.insert(state.reports, state.uut)
      state.uut = nil
    end,
  },
}

local function read_line(state, line)
  for _, known in ipairs(LINES) do
    local found = table.pack(line:match(known[1]))
    if found[1] then
      if not state.uut and not line:find("^UNIT") then state.file:fail("no UNIT is open") end
      return known[2](state, table.unpack(found, 1, found.n))
    end
  end
  state.file:fail("nobody knows what '%s' means", line)
end

local function convert(file)
  local state = { file = file, reports = {}, plot = file:sibling("{stem}.png") }
  function state.number(text)
    return tonumber(text) or file:fail("'%s' is no number", text)
  end
  for line, number in file:lines() do
    if number > 1 and line ~= "" then read_line(state, line) end
  end
  if state.uut then return nil, "the last unit has no END" end
  return state.reports
end

return wats.converter.new {
  name = "ft-2",
  version = "1",            -- another one when the same logs are to be converted again

  -- Which files: by their names, and by how they begin.
  files = { "FT2-*.log" },
  head = "^TESTER FT%-2\r?\n",

  -- When: once it has not changed for two seconds, the plot is there too, and the tester has taken
  -- away its lock. After an hour without these, somebody ought to look: it goes to error/.
  settle = 2,
  needs = { "{stem}.png" },
  ready = function(file)
    return not file:sibling("{name}.lock"), "the tester has it locked"
  end,
  patience = 3600,

  station = { name = "FT-2", location = "Oslo", purpose = "Production" },
  time_limit = 10,          -- seconds for one file; who loops is broken off
  convert = convert,
}
