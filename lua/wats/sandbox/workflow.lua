-- wats.sandbox.workflow: the test that a unit's workflow stands at is begun and ended.
--
-- Every unit has a workflow, made from a released definition, whose only activity is a test. A test
-- that passed ends it; one that failed leaves it at the test, which may be begun again.

local errors = require("wats.sandbox.errors")
local units = require("wats.sandbox.production.units")

local M = {}

local RELEASED = 2

-- The state of the workflow of that status: "waiting", "testing", "done"; nil where there is none.
local function stage_of(unit, query)
  if (math.tointeger(tonumber(query.status)) or RELEASED) ~= RELEASED then
    return nil
  end
  return unit.workflow or "waiting"
end

local function start(store, query)
  return units.with_unit(store, query.serialnumber, query.partnumber, function(unit)
    local stands = stage_of(unit, query) == "waiting"
    if stands then
      unit.workflow = "testing"
    end
    return units.ok(stands)
  end)
end

local function finish(store, query)
  local passed = (query.passed or "true"):lower()
  if passed ~= "true" and passed ~= "false" then
    return errors.model_state(400, "The request is invalid.",
      { { "passed", ("The value '%s' is not valid for Boolean."):format(query.passed) } })
  end
  return units.with_unit(store, query.serialnumber, query.partnumber, function(unit)
    local stands = stage_of(unit, query) == "testing"
    if stands then
      unit.workflow = passed == "true" and "done" or "waiting"
    end
    return units.ok(stands)
  end)
end

--- Adds the routes.
function M.open(router, store)
  router:add("GET", "/api/Workflow/StartTest", function(request)
    return start(store, request.query)
  end)
  router:add("GET", "/api/Workflow/EndTest", function(request)
    return finish(store, request.query)
  end)
end

return M
