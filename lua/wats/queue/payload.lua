-- wats.queue.payload: what is stored for a report: its text, checked.
--
-- A report, or a record in the server's format, is judged as a whole, and written by the core's own
-- writer, which alters no number. Text is taken as it is: the core reads it once, to see whose it
-- is. Pure; nothing is stored here.

local core = require("wats.core")
local errors = require("wats.errors")
local json = require("wats.json")
local report = require("wats.report")
local validate = require("wats.report.validate")

local payload = {}

local MAX_TOLD = 3 -- problems in the message; all are in the list

local function invalid(problems)
  local told = table.concat(problems, "; ", 1, math.min(#problems, MAX_TOLD))
  local more = #problems - MAX_TOLD
  return errors.new {
    kind = "invalid", problems = problems,
    message = "the report is not valid: " .. told
      .. (more > 0 and ("; and %d more"):format(more) or ""),
  }
end

-- The text of a report, which is finished if it was not. What is no report at all raises, as does
-- what JSON cannot hold.
---@param where string  the public function, for the message
---@param what wats.Report|table|string
---@return string? text
---@return wats.Error? err  of kind "invalid", with `problems`
function payload.text(where, what)
  if type(what) == "string" then return what end
  if type(what) ~= "table" then
    errors.raise("%s: a report, its record or its text expected, got %s", where, type(what))
  end
  local record = what
  if report.is_report(what) then
    what:finish()
    record = what.record
  end
  local problems = validate.report(record, true, core.time())
  if #problems > 0 then return nil, invalid(problems) end
  return json.encode(record)
end

-- What is no list would be an empty one, and nothing taken in without a word: a record, a map, a
-- list with a hole. Lists that a metatable makes are what it says.
local function check_list(where, list)
  if type(list) ~= "table" or report.is_report(list) then
    errors.raise("%s: a list of reports expected, got %s", where,
      type(list) == "table" and "one report" or type(list))
  end
  if getmetatable(list) and not json.is_array(list) then return end
  local length, other = #list, nil
  for key in next, list do
    if math.type(key) ~= "integer" then
      other = other or key ~= "n" and key
    elseif key < 1 or key > length then
      errors.raise("%s: a list of reports expected: nothing may be missing before element %d",
        where, key)
    end
  end
  if other and length == 0 then
    errors.raise("%s: a list of reports expected, got a table with names, as one record is", where)
  end
end

-- The texts of a list of them, in a list of their own.
---@param where string
---@param list (wats.Report|table|string)[]
---@return string[]? texts
---@return wats.Error? err  with `index`
function payload.texts(where, list)
  check_list(where, list)
  local texts = {}
  for i = 1, #list do
    local text, err = payload.text(("%s: element %d"):format(where, i), list[i])
    if not text then return nil, payload.of_element(err, i) end
    texts[i] = text
  end
  return texts
end

-- Says of an error which element it is about.
---@param err wats.Error
---@param index integer
---@return wats.Error
function payload.of_element(err, index)
  err.index = index
  err.message = ("element %d: %s"):format(index, err.message)
  return err
end

return payload
