-- wats.sandbox.report_ids: from the id in a request to the report, or to the answer that there is
-- none.

local errors = require("wats.sandbox.errors")

local M = {}

local GUID = "^" .. ("%x"):rep(8) .. ("%-" .. ("%x"):rep(4)):rep(3) .. "%-" .. ("%x"):rep(12) .. "$"

--- Is this text a GUID?
---@param text string
---@return boolean
function M.is_guid(text)
  return text:find(GUID) ~= nil
end

--- 400: the text is no GUID.
---@param field string the parameter's name
---@param text string
---@return table reply
function M.no_guid(field, text)
  local problem = ("The value '%s' is not valid for Guid."):format(text)
  return errors.model_state(400, "The request is invalid.", { { field, problem } })
end

--- The report of this id: what the store keeps, its text made if it was not; else the answer.
---@param store table
---@param id string
---@param field string|nil the parameter's name; default "id"
---@return table|nil report { text, header, number, xml }
---@return table|nil reply
function M.find(store, id, field)
  if not M.is_guid(id) then
    return nil, M.no_guid(field or "id", id)
  end
  local text = store:report_text(id)
  if not text then
    return nil, errors.message(404, ("There is no report with id %s."):format(id:lower()))
  end
  return store.reports[id:lower()]
end

return M
