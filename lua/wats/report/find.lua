-- wats.report.find: finds steps in a report or a sequence, new or read. What is handed back are the
-- steps' records, in the order in which they were run. These are methods of wats.Report and
-- wats.Sequence.

local errors = require("wats.errors")
local options = require("wats.options")
local status = require("wats.report.status")
local tree = require("wats.report.tree")

local find = {}

-- The methods; `walk` and `failed` are for the library itself.
local methods = {}
find.methods = methods

local WANTED = {
  name = { "string" },
  step_type = { "string" },
  status = { "string" },
  group = { "string" },
  id = { "integer" },
}

local FIELDS = {
  name = "name", step_type = "stepType", status = "status", group = "group", id = "id",
}

-- Whether a step is what is looked for, as a function of its record.
local function matcher(where, what)
  if type(what) == "function" then return what end
  if type(what) == "string" then what = { name = what } end
  local wanted, problem = options.read(what, WANTED)
  if not wanted then errors.raise("%s: %s", where, problem) end
  if wanted.status then
    wanted.status, problem = status.parse(wanted.status, status.STEP)
    if problem then errors.raise("%s: %s", where, problem) end
  end
  return function(step)
    for name, value in pairs(wanted) do
      if step[FIELDS[name]] ~= value then return false end
    end
    return true
  end
end

-- The record whose steps are looked through; nil in a repair, which has none.
local function base(where, self)
  local metatable = type(self) == "table" and getmetatable(self)
  local name = type(metatable) == "table" and metatable.__name
  if name == "wats.sequence" then return self.record end
  if name ~= "wats.report" then
    errors.raise("%s: this is neither a report nor a sequence (call it with a colon)", where)
  end
  return self.root and self.root.record
end

local function walk(record, visit, seen)
  local list = record and record.steps
  if type(list) ~= "table" or seen[record] then return false end
  seen[record] = true
  for _, step in ipairs(list) do
    if type(step) == "table" and (visit(step) or walk(step, visit, seen)) then return true end
  end
  return false
end

-- Calls `visit` for a step and all below; ends when it returns true. What was mended by hand may
-- lie within itself.
---@param step table
---@param visit fun(step: table): boolean?
function find.walk(step, visit)
  return visit(step) or walk(step, visit, {})
end

---@class wats.StepFields
---@field name? string
---@field step_type? string
---@field status? string
---@field group? string  S, M or C
---@field id? integer

---@alias wats.StepWanted string|wats.StepFields|fun(step: table): boolean?

-- The first step below of a name, of certain fields, or for which a function says so.
---@param what wats.StepWanted
---@return table? step
function methods.find_step(self, what)
  local record, fits = base("find_step", self), matcher("find_step", what)
  local found
  walk(record, function(step)
    found = fits(step) and step or nil
    return found ~= nil
  end, {})
  return found
end

-- All steps below that fit; without `what`, all.
---@param what? wats.StepWanted
---@return table[] steps
function methods.find_all_steps(self, what)
  local record, fits = base("find_all_steps", self), matcher("find_all_steps", what)
  local list = {}
  walk(record, function(step)
    if fits(step) then list[#list + 1] = step end
  end, {})
  return list
end

-- How many steps are below, those of sequences within included; with `what`, how many fit.
---@param what? wats.StepWanted
---@return integer
function methods.count_steps(self, what)
  local record, fits = base("count_steps", self), matcher("count_steps", what)
  local count = 0
  walk(record, function(step)
    if fits(step) then count = count + 1 end
  end, {})
  return count
end

local function failed(step)
  return type(step.status) == "string" and status.fails(step.status)
end

local function settled(step)
  return type(step.status) == "string"
end

-- Adds those steps below that failed and in which no other did, and says how many there were. The
-- header of a loop that failed stands for its passes only where none of them failed.
local function add_failed(record, list, seen, fails)
  local before = #list
  if type(record.steps) ~= "table" or seen[record] then return 0 end
  seen[record] = true
  local header, since
  local function close()
    if header and fails(header) and #list == since then list[#list + 1] = header end
    header = nil
  end
  for _, step in ipairs(record.steps) do
    local its = type(step) == "table" and fails(step)
    if type(step) == "table" and its ~= nil then
      local pass = tree.is_pass(step)
      if not pass then close() end
      if tree.is_header(step) then
        header = step
        add_failed(step, list, seen, fails)
        since = #list
      elseif not (pass and header and settled(header) and not fails(header)) then
        if add_failed(step, list, seen, fails) == 0 and its then list[#list + 1] = step end
      end
    end
  end
  close()
  return #list - before
end

-- As get_failed_steps, below a record; `fails` says which steps fail, nil for those that are not
-- looked at, nor what is in them.
---@param record table
---@param fails fun(step: table): boolean?
---@return table[] steps
function find.failed(record, fails)
  local list = {}
  add_failed(record, list, {}, fails)
  return list
end

-- The steps that failed, ended in an error or were terminated: those in which no other did. Passes
-- of a loop that passed after all are none; as long as the report is open, nobody knows that of a
-- loop.
---@return table[] steps
function methods.get_failed_steps(self)
  local record = base("get_failed_steps", self)
  return record and find.failed(record, failed) or {}
end

return find
