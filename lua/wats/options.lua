-- wats.options: checks what a caller hands to a public function.
--
-- A caller's mistake raises at the caller's own line, names the function, and says what was
-- expected; a misspelt name gets the nearest known one. Nothing here keeps state.
--
-- `level` counts as for `error`: 1 is the function that calls into this module, 2 its caller. Do
-- not tail-call these functions (`return options.check(...)`): Lua would drop the frame that
-- `level` counts.

local options = {}

---@class wats.OptionRule
---@field [1] string           types joined by "|": those of Lua, "integer", "false", or "any"
---@field default? any         value of an option that was left out; a table with `fields` is copied
---@field required? boolean    an option that must be there
---@field min? number          smallest number (or length of a string) allowed
---@field max? number          largest number (or length of a string) allowed
---@field above? number        the number must be greater than this
---@field choices? any[]       the only values allowed
---@field fields? table<string, wats.OptionRule>  rules of a table's own options
---@field check? fun(value: any): string?         returns what is wrong, as in "must be ..."
---@field secret? boolean      the value must not be shown in a message

-- How many edits (insert, delete, replace, swap neighbours) lead from one text to the other.
---@param from string
---@param to string
---@return integer
function options.distance(from, to)
  local before_last, last
  local row = {}
  for j = 0, #to do row[j] = j end
  for i = 1, #from do
    before_last, last, row = last, row, { [0] = i }
    for j = 1, #to do
      local cost = from:byte(i) == to:byte(j) and 0 or 1
      row[j] = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
      if i > 1 and j > 1 and from:byte(i) == to:byte(j - 1) and from:byte(i - 1) == to:byte(j) then
        row[j] = math.min(row[j], before_last[j - 2] + 1)
      end
    end
  end
  return row[#to]
end

-- The known name that was probably meant, or nil. Case and separators weigh nothing, so that
-- `maxBody` finds `max_body`; else at most a third of the letters may differ, and never all of
-- them.
---@param name any
---@param known table<any, any>|string[]  a list of names, or a table whose keys they are
---@return string?
function options.nearest(name, known)
  if type(name) ~= "string" or #name > 100 then return nil end
  local function plain(text) return (text:lower():gsub("[%s_%-%$]", "")) end
  local best, best_distance
  for key, value in pairs(known) do
    local candidate = type(key) == "number" and value or key
    if type(candidate) == "string" then
      local distance = options.distance(plain(name), plain(candidate))
      -- equal distances: the first in the alphabet, whatever order pairs has
      if not best or distance < best_distance or distance == best_distance and candidate < best then
        best, best_distance = candidate, distance
      end
    end
  end
  local shorter = best and math.min(#name, #best)
  if best and best_distance <= math.max(1, shorter // 3) and best_distance < shorter then
    return best
  end
  return nil
end

-- ` (did you mean "x"?)`, or nothing where no known name is near.
---@param name any
---@param known table<any, any>|string[]
---@return string
function options.suggest(name, known)
  local nearest = options.nearest(name, known)
  return nearest and (' (did you mean "%s"?)'):format(nearest) or ""
end

-- A value as it reads in a message: short, one line.
local function show(value)
  if type(value) == "string" then
    local text = #value > 40 and value:sub(1, 40) .. "..." or value
    return ('"%s"'):format(text:gsub("[%c]", "?"))
  end
  if value ~= value then return "nan" end -- some systems give it a sign
  if type(value) == "number" or type(value) == "boolean" or value == nil then
    return tostring(value)
  end
  return "a " .. type(value)
end

-- The length of a list; nil where it has holes, or other keys than `n`: `ipairs` would lose what
-- stands behind a hole.
---@param list table
---@return integer?
function options.length(list)
  local count = 0
  for key in pairs(list) do
    if key ~= "n" then count = count + 1 end
  end
  for i = 1, count do
    if list[i] == nil then return nil end
  end
  return count
end

-- Is it a list: a table whose keys are 1, 2, 3 and so on, without a hole, and nothing else?
---@param value any
---@return boolean
function options.is_list(value)
  return type(value) == "table" and value.n == nil and options.length(value) ~= nil
end

local function is_of_type(value, name)
  if name == "any" then return value ~= nil end
  if name == "integer" then return math.type(value) == "integer" end
  if name == "false" then return value == false end
  return type(value) == name
end

local function has_type(value, types)
  if type(value) == types then return true end -- as nearly always
  for name in types:gmatch("[^|]+") do
    if is_of_type(value, name) then return true end
  end
  return false
end

-- The type's name; a float where an integer was wanted is told as it is.
local function type_name(value, wanted)
  if math.type(value) == "float" and wanted:find("integer", 1, true) then
    return value ~= value and "nan" or ("%.14g, a float"):format(value)
  end
  return type(value)
end

local function readable(types)
  return (types:gsub("|", " or "))
end

-- What is wrong with a number's size or a string's length, or nil.
local function range_problem(value, rule)
  if not (rule.min or rule.max or rule.above) then return nil end
  local size, unit = value, ""
  if type(value) == "string" then
    size, unit = utf8.len(value) or #value, " characters"
  elseif type(value) ~= "number" then
    return nil
  end
  if size ~= size then return "must be a number, not nan" end
  if rule.above and size <= rule.above then
    return ("must be above %s%s"):format(rule.above, unit)
  end
  if rule.min and size < rule.min then return ("must be at least %s%s"):format(rule.min, unit) end
  if rule.max and size > rule.max then return ("must be at most %s%s"):format(rule.max, unit) end
  return nil
end

local function choice_problem(value, rule)
  if not rule.choices then return nil end
  local names = {}
  for i, choice in ipairs(rule.choices) do
    if value == choice then return nil end
    names[i] = show(choice)
  end
  return "must be one of " .. table.concat(names, ", ") .. options.suggest(value, rule.choices)
end

local check_table -- check_value and it call each other, for nested options

-- The value to use, or nil and what is wrong with it.
local function check_value(value, rule, prefix)
  local types = rule[1] or "any"
  if not has_type(value, types) then
    return nil, ("must be %s, got %s"):format(readable(types), type_name(value, types))
  end
  local problem = range_problem(value, rule) or choice_problem(value, rule)
    or rule.check and rule.check(value)
  if problem then
    return nil, rule.secret and problem or problem .. ", got " .. show(value)
  end
  if rule.fields and type(value) == "table" then
    return check_table(value, rule.fields, prefix .. ".")
  end
  return value
end

local function missing(prefix, name, rule)
  return ('option "%s%s" is missing (%s)'):format(prefix, name, readable(rule[1] or "any"))
end

-- The names that a table of rules says something about when they are left out; worked out once.
local plans = setmetatable({}, { __mode = "k" })

local function plan_of(spec)
  local plan = plans[spec]
  if not plan then
    plan = {}
    for name, rule in pairs(spec) do
      if rule.default ~= nil or rule.required then plan[#plan + 1] = name end
    end
    plans[spec] = plan
  end
  return plan
end

-- What was given, by names of the rules; defaults of the caller's own, behind a metatable, too.
local function given_values(given, spec)
  if not getmetatable(given) then return given end
  local values = {}
  for name in pairs(spec) do values[name] = given[name] end
  return values
end

-- Checks every option of `given`. `prefix` is "" or the name of the table they stand in and a
-- dot. Returns a new table; or nil, a message, and true: the message names the option already.
function check_table(given, spec, prefix)
  for name in pairs(given) do
    if type(name) ~= "string" or not spec[name] then
      local shown = type(name) == "string" and show(prefix .. name) or show(name)
      return nil, "unknown option " .. shown .. options.suggest(name, spec), true
    end
  end
  local result = {}
  local function take(name, value)
    local rule = spec[name]
    local checked, problem, whole = check_value(value, rule, rule.fields and prefix .. name or "")
    if problem then
      return whole and problem or ('option "%s%s" %s'):format(prefix, name, problem)
    end
    result[name] = checked
  end
  for name, value in pairs(given_values(given, spec)) do
    local problem = take(name, value)
    if problem then return nil, problem, true end
  end
  for _, name in ipairs(plan_of(spec)) do
    if result[name] == nil then
      local rule = spec[name]
      if rule.default == nil then return nil, missing(prefix, name, rule), true end
      local problem = take(name, rule.default)
      if problem then return nil, problem, true end
    end
  end
  return result
end

-- As `check`, but returns nil and what is wrong instead of raising, for whoever has more to say.
---@param given table?
---@param spec table<string, wats.OptionRule>
---@return table? checked
---@return string? problem
function options.read(given, spec)
  if given ~= nil and type(given) ~= "table" then
    return nil, "a table of options expected, got " .. type(given)
  end
  local result, problem = check_table(given or {}, spec, "")
  return result, problem
end

-- What the names of this library's chunks begin with.
local LIBRARY = debug.getinfo(1, "S").source:match("^(@.*)options%.lua$")

-- Raises at `level`, or at the next line of Lua above it where that has none: the caller called
-- through pcall, or by a tail call, which leaves no frame of its own. A line of the library, as of
-- the task that a tail call ended, tells him nothing.
local function raise_at(level, message)
  level = level + 1
  local found = debug.getinfo(level, "Sl")
  while found and (found.currentline <= 0
      or LIBRARY and found.source:sub(1, #LIBRARY) == LIBRARY) do
    level = level + 1
    found = debug.getinfo(level, "Sl")
  end
  if found then message = ("%s:%d: %s"):format(found.short_src, found.currentline, message) end
  error(message, 0)
end

-- Checks a table of options and fills in defaults; raises at `level`. nil is an empty table.
-- `given` is not changed; options without a value and without default stay nil.
---@param level integer  as for `error`: 2 blames the caller of the function that calls this
---@param where string   the public function's name, as in "wats.connect"
---@param given table?
---@param spec table<string, wats.OptionRule>
---@return table
function options.check(level, where, given, spec)
  local result, problem = options.read(given, spec)
  if not result then raise_at(level + 1, where .. ": " .. problem) end
  return result
end

-- Checks a positional argument by the same rules; raises at `level`.
---@param level integer
---@param where string
---@param number integer  which argument
---@param value any
---@param rule wats.OptionRule|string  a rule, or types alone, as in "string|nil"
---@return any value
function options.argument(level, where, number, value, rule)
  if type(rule) == "string" then rule = { rule } end
  local types = rule[1] or "any"
  local problem
  if not has_type(value, types) then
    problem = ("%s expected, got %s"):format(readable(types), type_name(value, types))
  else
    value, problem = check_value(value, rule, "")
  end
  if problem then
    raise_at(level + 1, ("bad argument #%d to '%s' (%s)"):format(number, where, problem))
  end
  return value
end

return options
