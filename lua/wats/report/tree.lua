-- wats.report.tree: walks over the steps of a record, whoever wrote it.
--
-- A loop stands in its sequence as a header, which says how the loop as a whole ended, and behind
-- it an entry for each pass. What a pass ended with counts for the header alone: a retry that
-- passed in the end has failures among its passes.

local json = require("wats.json")

local tree = {}

local function member(step, name)
  local loop = step.loop
  if type(loop) ~= "table" then return nil end
  local value = loop[name]
  if value == json.null then return nil end
  return value
end

-- Is a step one pass of a loop?
---@param step table
---@return boolean
function tree.is_pass(step)
  return member(step, "idx") ~= nil
end

-- Is a step the header of a loop?
---@param step table
---@return boolean
function tree.is_header(step)
  return type(step.loop) == "table" and member(step, "idx") == nil and member(step, "num") ~= nil
end

-- Iterates over those steps of a record that count for how it ended: all but the passes of loops
-- whose header stands before them.
---@param record table
---@return fun(): table?
function tree.counted(record)
  local list = record.steps
  if type(list) ~= "table" then list = {} end
  local i, headed = 0, false
  return function()
    while true do
      i = i + 1
      local step = list[i]
      if step == nil then return nil end
      if type(step) == "table" then
        headed = tree.is_header(step) or headed and tree.is_pass(step)
        if not (headed and tree.is_pass(step)) then return step end
      end
    end
  end
end

return tree
