-- wats.sandbox.errors: answers that say no, in the shapes in which a WATS server (ASP.NET) says it.
--
-- A client has to cope with all of them, so the sandbox uses each somewhere: {Message} for what
-- is not there or not allowed, {Message, ModelState} for faults by field, {Message,
-- ExceptionMessage, ExceptionType} for a query that cannot be read, ProblemDetails for what the
-- server in front refuses, SCIM's own for user accounts, and plain text for a body that is not
-- JSON.

local json = require("wats.sandbox.json")

local M = {}

local function reply(status, value, kind)
  return {
    status = status,
    headers = { ["Content-Type"] = kind or "application/json; charset=utf-8" },
    body = json.encode(value),
  }
end

--- { Message }
---@param status integer
---@param text string
function M.message(status, text)
  return reply(status, { Message = text })
end

--- { Message, ModelState = { field = { text, ... } } }
---@param faults { [1]: string, [2]: string }[] field and text of each
function M.model_state(status, text, faults)
  local state, order = {}, {}
  for _, fault in ipairs(faults) do
    local field = fault[1]
    if not state[field] then
      state[field] = json.array()
      order[#order + 1] = field
    end
    table.insert(state[field], fault[2])
  end
  return reply(status, { Message = text, ModelState = json.record(order)(state) })
end

--- { Message, ExceptionMessage, ExceptionType }
function M.exception(status, text, kind, detail)
  return reply(status, { Message = text, ExceptionMessage = detail, ExceptionType = kind })
end

--- RFC 9457: { type, title, status, detail }
function M.problem(status, title, detail)
  local value = { type = "about:blank", title = title, status = status, detail = detail }
  return reply(status, value, "application/problem+json; charset=utf-8")
end

--- RFC 7644, section 3.12: { schemas, scimType, detail, status }
---@param kind string|nil "uniqueness", "invalidFilter", "invalidPath", ...
function M.scim(status, detail, kind)
  return reply(status, {
    schemas = json.array({ "urn:ietf:params:scim:api:messages:2.0:Error" }),
    scimType = kind, detail = detail, status = tostring(status),
  }, "application/scim+json; charset=utf-8")
end

--- Plain text.
function M.text(status, text)
  return {
    status = status,
    headers = { ["Content-Type"] = "text/plain; charset=utf-8" },
    body = text,
  }
end

return M
