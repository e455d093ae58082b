-- wats.sandbox.controls: what is below /sandbox/, for tests.
--
--   GET    /sandbox                  that it is one, and its version
--   POST   /sandbox/faults           one fault or a list of them (see faults.lua)
--   GET    /sandbox/faults           those that still wait
--   DELETE /sandbox/faults           forget them
--   GET    /sandbox/journal[?after=N]   what was received (see journal.lua)
--   DELETE /sandbox/journal          empty it
--   POST   /sandbox/seed             load records (see seed.lua)
--   POST   /sandbox/reports          make many reports (see report_maker.lua)
--   POST   /sandbox/reset            begin anew: default records, no faults, empty journal
--
-- These take the same token as the rest, are never struck by faults and never in the journal.

local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local maker = require("wats.sandbox.report_maker")
local seed = require("wats.sandbox.seed")

local M = {}

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

local function nothing()
  return { status = 204, headers = {} }
end

local function post_faults(server, request)
  local value, problem = json.decode(request.body)
  local done
  if value ~= nil then
    done, problem = server.faults:add(value)
  end
  if not done then
    return errors.message(400, "Not a fault: " .. tostring(problem))
  end
  return nothing()
end

local function post_seed(server, request)
  local value, problem = json.decode(request.body)
  if value == nil then
    return errors.message(400, "Not a seed: " .. problem)
  end
  local faults = seed.load(server.store, value)
  if #faults > 0 then
    return errors.model_state(400, "The seed is not valid.", faults)
  end
  return nothing()
end

local function post_reports(server, request)
  local faults = maker.make(server.store, (json.decode(request.body)))
  if #faults > 0 then
    return errors.model_state(400, "No reports were made: " .. faults[1][1] .. ": " .. faults[1][2],
      faults)
  end
  return nothing()
end

--- Adds the routes.
function M.open(router, server)
  local function add(method, path, handler)
    router:add(method, path, function(request)
      return handler(server, request)
    end)
  end
  add("GET", "/sandbox", function()
    return ok({ sandbox = true, version = require("wats.core").version })
  end)
  add("POST", "/sandbox/faults", post_faults)
  add("GET", "/sandbox/faults", function()
    return ok(server.faults:pending())
  end)
  add("DELETE", "/sandbox/faults", function()
    server.faults:clear()
    return nothing()
  end)
  add("GET", "/sandbox/journal", function(_, request)
    return ok(server.journal:list(math.tointeger(tonumber(request.query.after))))
  end)
  add("DELETE", "/sandbox/journal", function()
    server.journal:clear()
    return nothing()
  end)
  add("POST", "/sandbox/seed", post_seed)
  add("POST", "/sandbox/reports", post_reports)
  add("POST", "/sandbox/reset", function()
    server:reset()
    return nothing()
  end)
end

return M
