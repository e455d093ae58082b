-- wats.report.given: reads the options of the builder's functions.

local options = require("wats.options")

local given = {}

-- The name of the first option whose text is not UTF-8, which JSON cannot hold. What was measured
-- is dealt with where it is measured (rules with `bytes`); what the test program itself says must
-- be right.
local function not_utf8(checked, rules, prefix)
  for name, value in pairs(checked) do
    local rule = rules[name]
    if type(value) == "string" and not rule.bytes and not utf8.len(value) then
      return ('option "%s%s" is not UTF-8'):format(prefix, name)
    elseif type(value) == "table" and rule.fields then
      local problem = not_utf8(value, rule.fields, name .. ".")
      if problem then return problem end
    end
  end
  return nil
end

-- The options with their defaults, or nil and what is wrong.
---@param wanted table?
---@param rules table<string, wats.OptionRule>
---@return table?
---@return string? problem
function given.read(wanted, rules)
  local checked, problem = options.read(wanted, rules)
  if not checked then return nil, problem end
  problem = not_utf8(checked, rules, "")
  if problem then return nil, problem end
  return checked
end

-- The same for a step, whose options may be its name alone.
---@param wanted table|string?
---@param rules table<string, wats.OptionRule>
---@return table?
---@return string? problem
function given.read_step(wanted, rules)
  if type(wanted) == "string" then wanted = { name = wanted } end
  return given.read(wanted, rules)
end

return given
