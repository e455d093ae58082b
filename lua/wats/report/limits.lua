-- wats.report.limits: the comparison operators of measurements.
--
-- The server stores the status that it is sent and compares nothing, so what is decided here is
-- what the whole world sees. A limit that an operator needs and does not have is a mistake of the
-- test program, never a pass. Operators with one limit keep it in the low one, LT and LE too: so
-- says the format.

local given_options = require("wats.report.given")
local options = require("wats.options")

local limits = {}

local ONE = {
  EQ = function(value, limit) return value == limit end,
  NE = function(value, limit) return value ~= limit end,
  GT = function(value, limit) return value > limit end,
  GE = function(value, limit) return value >= limit end,
  LT = function(value, limit) return value < limit end,
  LE = function(value, limit) return value <= limit end,
}

-- Inside: both hold. Outside: one is enough.
local TWO = {}
for _, pair in ipairs { "GTLT", "GTLE", "GELT", "GELE" } do
  local low_side, high_side = ONE[pair:sub(1, 2)], ONE[pair:sub(3, 4)]
  TWO[pair] = function(value, low, high) return low_side(value, low) and high_side(value, high) end
end
for _, pair in ipairs { "LTGT", "LTGE", "LEGT", "LEGE" } do
  local low_side, high_side = ONE[pair:sub(1, 2)], ONE[pair:sub(3, 4)]
  TWO[pair] = function(value, low, high) return low_side(value, low) or high_side(value, high) end
end

-- Which option beside `limit` may hold the one limit. EQ and NE have no side.
local SIDE = { GT = "low", GE = "low", LT = "high", LE = "high" }

-- The format's own spelling, and those that its documents and exports use for the same.
local TEXT = {
  LOG = "LOG", EQ = "EQ", NE = "NE", CASESENSIT = "CASESENSIT", IGNORECASE = "IGNORECASE",
  CASESENIT = "CASESENSIT", CASESENSITIVE = "CASESENSIT", IGNORECAS = "IGNORECASE",
}

local NUMERIC_NAMES = { "LOG" }
for name in pairs(ONE) do NUMERIC_NAMES[#NUMERIC_NAMES + 1] = name end
for name in pairs(TWO) do NUMERIC_NAMES[#NUMERIC_NAMES + 1] = name end

-- What is meant by a sign, as a beginner writes it, no spelling tells: so all there are.
local NUMERIC_KNOWN = "EQ, NE, GT, GE, LT, LE, GTLT, GTLE, GELT, GELE, LTGT, LTGE, LEGT, LEGE, LOG"
local TEXT_KNOWN = "EQ, NE, CASESENSIT, IGNORECASE, LOG"

local function unknown(comp, names, known)
  local meant = options.suggest(comp, names)
  return ('unknown comp "%s"%s'):format(given_options.show(comp),
    meant ~= "" and meant or ": one of " .. known)
end

-- How many limits a numeric operator takes: 0, 1, 2; nil for an unknown one.
---@param comp string
---@return integer?
function limits.count(comp)
  return ONE[comp] and 1 or TWO[comp] and 2 or comp == "LOG" and 0 or nil
end

local function default_comp(given)
  if given.limit ~= nil then
    return nil, 'a "limit" alone does not say which side: "comp" is missing'
  end
  if given.low ~= nil and given.high ~= nil then return "GELE" end
  return given.low ~= nil and "GE" or given.high ~= nil and "LE" or "LOG"
end

local function finite_problem(given)
  for _, name in ipairs { "limit", "low", "high" } do
    local value = given[name]
    if value and (value ~= value or value == math.huge or value == -math.huge) then
      return ('option "%s" must be a finite number, got %s'):format(name, tostring(value))
    end
  end
  return nil
end

-- Options that the operator has no use for would be lost without a word.
local function surplus(given, comp, used)
  for _, name in ipairs { "limit", "low", "high" } do
    if given[name] ~= nil and not used[name] then
      return ('comp %s does not take "%s"'):format(comp, name)
    end
  end
  return nil
end

local function one_limit(given, comp)
  local name = given.limit ~= nil and "limit" or SIDE[comp] or "limit"
  if given[name] == nil then
    local either = SIDE[comp] and (' or "%s"'):format(SIDE[comp]) or ""
    return nil, ('comp %s needs a limit (option "limit"%s)'):format(comp, either)
  end
  local problem = surplus(given, comp, { [name] = true })
  if problem then return nil, problem end
  return comp, given[name]
end

-- The operator and the limits as the format wants them.
---@param given { comp?: string, limit?: number, low?: number, high?: number }
---@return string? comp  or nil
---@return any low  or what is wrong
---@return number? high
function limits.numeric(given)
  local problem = finite_problem(given)
  if problem then return nil, problem end
  local comp = given.comp and given.comp:upper()
  if not comp then
    comp, problem = default_comp(given)
    if not comp then return nil, problem end
  end
  if comp == "LOG" then
    problem = surplus(given, comp, {})
    if problem then return nil, problem end
    return comp
  elseif ONE[comp] then
    return one_limit(given, comp)
  elseif not TWO[comp] then
    return nil, unknown(given.comp, NUMERIC_NAMES, NUMERIC_KNOWN)
  end
  for _, side in ipairs { "low", "high" } do
    if given[side] == nil then
      return nil, ('comp %s needs both limits: "%s" is missing'):format(comp, side)
    end
  end
  problem = surplus(given, comp, { low = true, high = true })
  if problem then return nil, problem end
  -- nothing would be within, or with the operators for outside, everything
  if given.low > given.high then
    return nil, ("low (%s) is above high (%s)"):format(given.low, given.high)
  end
  return comp, given.low, given.high
end

-- Whether a value is within. NaN and Inf are no measured values, whatever they come from (an open
-- input, a range overrun): they are within nothing, the outside of LTGT and NE included; LOG asks
-- for nothing.
---@param comp string  as `numeric` returned it, with its limits
---@param value number
---@param low? number
---@param high? number
---@return boolean
function limits.holds(comp, value, low, high)
  if comp == "LOG" then return true end
  if value ~= value or value == math.huge or value == -math.huge then return false end
  local compare = ONE[comp] or TWO[comp]
  return compare(value, low, high)
end

-- The operator for text, by any of its spellings. With a limit and no operator: EQ.
---@param given { comp?: string, limit?: string }
---@return string? comp
---@return string? problem
function limits.text(given)
  local comp = given.comp == nil and (given.limit and "EQ" or "LOG") or TEXT[given.comp:upper()]
  if not comp then return nil, unknown(given.comp, TEXT, TEXT_KNOWN) end
  if comp == "LOG" and given.limit then return nil, 'comp LOG does not take "limit"' end
  if comp ~= "LOG" and not given.limit then
    return nil, ('comp %s needs a limit (option "limit")'):format(comp)
  end
  return comp
end

-- IGNORECASE folds the letters A to Z; all others compare as they are.
---@param comp string
---@param value string
---@param limit? string
---@return boolean
function limits.text_holds(comp, value, limit)
  if comp == "LOG" then return true end
  if comp == "NE" then return value ~= limit end
  if comp == "IGNORECASE" then
    local function fold(text) return (text:gsub("%u", string.lower)) end
    return fold(value) == fold(limit)
  end
  return value == limit
end

return limits
