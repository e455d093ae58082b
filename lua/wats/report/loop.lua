-- wats.report.loop: a loop in a sequence: a step, or a sequence, that was run several times.
--
-- The format keeps a header, which says how often it was run and how the loop ended, and behind it
-- one entry for each pass. The header is settled when the report is finished; it carries the
-- measurements of the pass that decided.

local given = require("wats.report.given")
local json = require("wats.json")
local status = require("wats.report.status")
local steps = require("wats.report.steps")

---@class wats.Loop
---@field record table  the header, with the format's field names
---@field package within wats.Sequence  in which the loop stands
---@field package added (wats.Sequence|table)[]  the passes
---@field package decides "all"|"last"|"any"
---@field package told boolean  whether the caller said how it ended
local Loop = {}
Loop.__index = Loop
Loop.__name = "wats.loop"

local loop = {}

local RULES = {
  name = given.NAME,
  -- which passes must pass for the loop to pass
  decides = { "string", default = "all", choices = { "all", "last", "any" } },
}
for name, rule in pairs(steps.COMMON) do RULES[name] = RULES[name] or rule end

-- What a header shows of the pass that decided; curves and files stand there once.
local SHOWN = { "numericMeas", "stringMeas", "booleanMeas", "callExe", "messagePopup", "seqCall" }

local function copy(value)
  if type(value) ~= "table" then return value end
  local twin = {}
  for key, element in pairs(value) do twin[key] = copy(element) end
  return setmetatable(twin, getmetatable(value))
end

-- The handle of a new loop, whose header is not yet put into the sequence; or nil and what is
-- wrong.
---@param sequence wats.Sequence
---@param wanted table|string
---@return wats.Loop?
---@return string? problem
function loop.new(sequence, wanted)
  local checked, problem = given.read_step(wanted, RULES)
  if not checked then return nil, problem end
  local record
  record, problem = steps.record(checked)
  if not record then return nil, problem end
  record.loop = { num = 0, endingIndex = 0, passed = 0, failed = 0 }
  return setmetatable({
    record = record, within = sequence, added = {}, decides = checked.decides,
    told = record.status ~= nil,
  }, Loop)
end

---@param value any
---@return boolean
function loop.is_loop(value)
  return getmetatable(value) == Loop
end

local function record_of(pass)
  return getmetatable(pass) and pass.record or pass
end

-- May another pass be added? Behind anything else it would be of no loop.
---@return string? problem
function Loop:problem()
  local list = self.within.record.steps
  local last = self.added[#self.added]
  if list[#list] ~= (last and record_of(last) or self.record) then
    return "the loop has ended: another step was added behind it"
  end
  return nil
end

-- Takes in a pass that was just added to the sequence.
---@param pass wats.Sequence|table
function Loop:take(pass)
  record_of(pass).loop = { idx = #self.added }
  self.added[#self.added + 1] = pass
end

-- The letter of the loop and the pass that shows it.
local function verdict(self, letters)
  local count = #letters
  if count == 0 then return "S" end
  local worst, failing, passing = "P", nil, nil
  for i, letter in ipairs(letters) do
    worst = status.worse(worst, letter)
    if status.fails(letter) then failing = i else passing = i end
  end
  if self.decides == "last" then return status.worse("P", letters[count]), count end
  if self.decides == "any" and passing then return "P", passing end
  return worst, failing or count
end

-- Settles all passes and the header from them, and returns the loop's letter.
---@return string letter
function Loop:settle()
  local letters, passed, failed = {}, 0, 0
  for i, pass in ipairs(self.added) do
    letters[i] = getmetatable(pass) and pass:settle() or pass.status
    if status.fails(letters[i]) then
      failed = failed + 1
    elseif letters[i] ~= "S" then
      passed = passed + 1
    end
  end
  local record = self.record
  local letter, shown = verdict(self, letters)
  if not self.told then record.status = letter end
  record.loop = { num = #letters, endingIndex = #letters, passed = passed, failed = failed }
  local pass = shown and record_of(self.added[shown])
  record.stepType = record.stepType or pass and pass.stepType or "ET_A"
  for _, name in ipairs(SHOWN) do record[name] = pass and copy(pass[name]) end
  if record.seqCall then record.steps = json.array {} end
  return record.status
end

-- How many passes there are.
function Loop:__len()
  return #self.added
end

function Loop:__tostring()
  return ('wats.loop: "%s", %d passes'):format(given.show(self.record.name), #self.added)
end

loop.methods = Loop

return loop
