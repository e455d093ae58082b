-- wats.sandbox.production.seeds: what a seed may hold for production: { member, rules, load }.
--
--   serialNumberTypes       { name, description, format, regEx, identifier }
--   serialNumbers           { type, startAddress, endAddress, state = "free"|"reserved"|"taken" }
--   unitVerificationRules   { partNumber, processCodes = { 50, 100 } }

local checks = require("wats.sandbox.checks")
local json = require("wats.sandbox.json")
local pools = require("wats.sandbox.production.pools")

local v = json.value

local TYPE = {
  { "name", "string", required = true, not_empty = true },
  { "description", "string" },
  { "format", "string" },
  { "regEx", "string" },
  { "identifier", "integer" },
}
local RANGE = {
  { "type", "string", required = true, not_empty = true },
  { "startAddress", "string", required = true, not_empty = true },
  { "endAddress", "string", required = true, not_empty = true },
  { "state", "string", one_of = checks.set("free", "reserved", "taken") },
}
local RULE = {
  { "partNumber", "string", required = true, not_empty = true },
  { "processCodes", "array", required = true },
}

local function put_type(store, source)
  pools.put(store, {
    name = source.name, description = v(source.description), format = v(source.format),
    regEx = v(source.regEx), identifier = math.tointeger(v(source.identifier)),
  })
end

-- Of a type that is not there one is made.
local function put_range(store, source)
  local known = pools.of(store).by_name
  if not known[source.type] then
    pools.put(store, { name = source.type })
  end
  known[source.type]:add_range(source.startAddress, source.endAddress, v(source.state))
end

local function put_rule(store, source)
  store.verification_rules = store.verification_rules or {}
  local codes = {}
  for i, code in ipairs(source.processCodes) do
    codes[i] = math.tointeger(code)
  end
  store.verification_rules[source.partNumber] = codes
end

return {
  { "serialNumberTypes", TYPE, put_type },
  { "serialNumbers", RANGE, put_range },
  { "unitVerificationRules", RULE, put_rule },
}
