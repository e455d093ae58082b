-- wats.sandbox.app: GET /api/App/Version, Processes, Levels, ProductGroups, CommonUserSettings.

local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")

local M = {}

M.VERSION = "25.3.0.0"

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

local KINDS = {
  { "includetestoperations", "isTestOperation" },
  { "includerepairoperations", "isRepairOperation" },
  { "includewipoperations", "isWipOperation" },
}

-- Without any of the filters: active processes of all three kinds. With one or more: those that
-- are set to true.
local function wanted_kinds(query)
  local wanted, filtered = {}, false
  for _, kind in ipairs(KINDS) do
    local value = query[kind[1]]
    if value then
      filtered = true
      wanted[kind[2]] = value:lower() == "true"
    end
  end
  if filtered then
    return wanted
  end
  return { isTestOperation = true, isRepairOperation = true, isWipOperation = true }
end

local function processes(store, query)
  local wanted = wanted_kinds(query)
  local inactive = (query.includeinactiveprocesses or ""):lower() == "true"
  local list = json.array()
  for _, process in ipairs(store.processes) do
    local fits = false
    for _, kind in ipairs(KINDS) do
      fits = fits or wanted[kind[2]] and process[kind[2]]
    end
    if fits and (inactive or process.state == 1) then
      list[#list + 1] = process
    end
  end
  return list
end

local SETTINGS = json.record({
  "fullName", "cultureCode", "email", "roles", "levels", "productGroups",
})

-- Those who may log in here, and what they may do.
local USERS = {
  admin = { "Administrator", "Administrator", "Manager" },
  operator = { "Operator", "Operator" },
}

local function user_settings(name)
  local user = USERS[(name or ""):lower()]
  if not user then
    return errors.message(404, ("There is no user '%s'."):format(name or ""))
  end
  return ok(SETTINGS({
    fullName = user[1], cultureCode = "en-US", email = name:lower() .. "@example.com",
    roles = json.array(table.move(user, 2, #user, 1, {})), levels = json.array(),
    productGroups = json.array(),
  }))
end

-- A product group with what makes a product belong to it, if that is asked for.
local function product_groups(store, query)
  if (query.includefilters or ""):lower() ~= "true" then return store.product_groups end
  local list = json.array()
  for i, group in ipairs(store.product_groups) do
    list[i] = {
      productGroupId = group.productGroupId, productGroupName = group.productGroupName,
      filters = json.array { { productCategoryName = group.productGroupName } },
    }
  end
  return list
end

--- Adds the routes.
function M.open(router, store)
  router:add("GET", "/api/App/Version", function()
    return ok(M.VERSION)
  end)
  router:add("GET", "/api/App/Processes", function(request)
    return ok(processes(store, request.query))
  end)
  router:add("GET", "/api/App/Levels", function()
    return ok(store.levels)
  end)
  router:add("GET", "/api/App/ProductGroups", function(request)
    return ok(product_groups(store, request.query))
  end)
  router:add("GET", "/api/App/CommonUserSettings", function(request)
    return user_settings(request.query.username)
  end)
end

return M
