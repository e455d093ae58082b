-- wats.uuid: what the API takes for a uuid. New ones are core.uuid's.

local uuid = {}

local PATTERN = "^" .. ("%x"):rep(8) .. ("%-" .. ("%x"):rep(4)):rep(3) .. "%-" .. ("%x"):rep(12)
  .. "$"

-- Is it a uuid in the one form that all servers read (RFC 9562, section 4): digits of either case,
-- with hyphens, nothing around them?
---@param value any
---@return boolean
function uuid.is(value)
  return type(value) == "string" and value:find(PATTERN) ~= nil
end

return uuid
