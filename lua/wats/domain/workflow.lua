-- wats.domain.workflow: client.workflow, what a unit goes through step by step.
--
-- Both calls are GETs that move the unit on. They are never answered from a cache nor sent again on
-- their own: after an error of kind "connection" or "timeout" the server may have done its work or
-- not. `false` is an answer, not an error: the unit's workflow does not stand at a test.

local call = require("wats.call")
local choice = require("wats.choice")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local options = require("wats.options")

local named = client_module.segment

---@class wats.Client
---@field workflow wats.Workflow

---@class wats.Workflow
local Workflow = {}
Workflow.__index = Workflow
Workflow.__name = "wats.workflow"

-- Of the definition that the unit's workflow was made from.
---@type table<string, integer>
Workflow.STATUSES = { draft = 0, pending = 1, released = 2, revoked = 3 }

---@class wats.WorkflowOptions
---@field operator_name? string
---@field station_name? string|false    default: the client's station; false: none
---@field status? integer|string        of the definition, see STATUSES; default: released

local WHO = {
  operator_name = { "string" },
  station_name = { "string|false" },
  status = { "string|integer" },
}

-- As text: what is empty would be `true` elsewhere, and here that is a yes.
local start_test = call.bind("GET /api/Workflow/StartTest", "text")
local end_test = call.bind("GET /api/Workflow/EndTest", "text")

local function parameters(self, where, serial_number, part_number, who, opts)
  call.reads(where, opts)
  named(where, "serial_number", serial_number)
  named(where, "part_number", part_number)
  local station = who.station_name
  if station == nil then station = self[1].station and self[1].station.name end
  local status = who.status
  if status ~= nil then status = choice.value(where, "status", Workflow.STATUSES, status) end
  return {
    serialNumber = serial_number, partNumber = part_number, operatorName = who.operator_name,
    stationName = station or nil, status = status,
  }
end

local WORDS = { ["true"] = true, ["false"] = false }

-- The answer is a boolean, in JSON or as a word.
local function verdict(self, path, text, err)
  if text == nil then return nil, err end
  local word = text:match('^\xEF?\xBB?\xBF?%s*"?(%a+)"?%s*$')
  local answer = word and WORDS[word:lower()]
  if answer ~= nil then return answer end
  return nil, errors.new {
    kind = "decode", status = 200, method = "GET",
    url = core.client_methods.base_url(self) .. path,
    message = "the answer is neither true nor false",
  }
end

-- Begins the test that the unit's workflow stands at.  GET /api/Workflow/StartTest
---@param serial_number string
---@param part_number string
---@param who? wats.WorkflowOptions
---@param opts? wats.RequestOptions
---@return boolean? started  false: the workflow does not stand at a test
---@return wats.Error? err
function Workflow:start_test(serial_number, part_number, who, opts)
  local where = "workflow:start_test"
  who = options.check(2, where, who, WHO)
  local params = parameters(self, where, serial_number, part_number, who, opts)
  return verdict(self, "/api/Workflow/StartTest", start_test(self, where, params, opts))
end

-- Ends the test that was begun. Whether it passed must be said: left out, the server would take it
-- for passed.  GET /api/Workflow/EndTest
---@param serial_number string
---@param part_number string
---@param passed boolean
---@param who? wats.WorkflowOptions
---@param opts? wats.RequestOptions
---@return boolean? ended  false: the workflow does not stand at a test
---@return wats.Error? err
function Workflow:end_test(serial_number, part_number, passed, who, opts)
  local where = "workflow:end_test"
  options.argument(2, where, 3, passed, "boolean")
  who = options.check(2, where, who, WHO)
  local params = parameters(self, where, serial_number, part_number, who, opts)
  params.passed = passed
  return verdict(self, "/api/Workflow/EndTest", end_test(self, where, params, opts))
end

local module = {}

---@param client wats.Client
---@return wats.Workflow
function module.new(client)
  return setmetatable({ client }, Workflow)
end

return module
