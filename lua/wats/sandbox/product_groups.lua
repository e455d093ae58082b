-- wats.sandbox.product_groups: which products are in a group, and the vendors.
--
-- A group takes a product when one of its filters names the part number (and the revision, if it
-- names one) and none that excludes does. Filters stand in `store.group_filters`, vendors, by
-- name, in `store.vendors`.

local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")

local M = {}

local vendor_record = json.record({ "VendorName" })

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

local function find_group(store, name)
  for _, group in ipairs(store.product_groups) do
    if group.productGroupName == name then
      return group
    end
  end
end

local function add_filter(store, query)
  local group = find_group(store, query.productgroup)
  if not group then
    return errors.message(404, ("There is no product group '%s'."):format(query.productgroup))
  elseif query.partnumber == "" then
    return errors.message(400, "The part number is empty.")
  end
  table.insert(store.group_filters, {
    id = group.productGroupId, part_number = query.partnumber,
    revision = query.revision ~= "" and query.revision or nil,
    exclude = (query.exclude or ""):lower() == "true",
  })
  return ok(true)
end

--- Is a product (one revision of it, or any) in a group?
---@param id integer
---@param revision string|nil
function M.contains(store, id, part_number, revision)
  local inside = false
  for _, filter in ipairs(store.group_filters) do
    if filter.id == id and filter.part_number == part_number then
      local whole = filter.revision == nil
      if filter.exclude and (whole or filter.revision == revision) then
        return false
      elseif not filter.exclude and (whole or not revision or filter.revision == revision) then
        inside = true
      end
    end
  end
  return inside
end

local function groups_of(store, query)
  local list = json.array()
  for _, group in ipairs(store.product_groups) do
    if M.contains(store, group.productGroupId, query.partnumber, query.revision) then
      list[#list + 1] = group
    end
  end
  return ok(list)
end

-- The names in a body, or nil and the answer that says why not.
local function read_vendors(request)
  local list, problem = json.decode(request.body)
  if type(list) ~= "table" or list[1] == nil then
    return nil, errors.text(400, "The body is not a list of vendors: " .. (problem or "no array"))
  end
  local names, faults = {}, {}
  for i, vendor in ipairs(list) do
    local name = type(vendor) == "table" and vendor.VendorName
    if type(name) ~= "string" or name == "" then
      faults[#faults + 1] = { ("[%d].VendorName"):format(i - 1), "The VendorName is required." }
    end
    names[i] = name
  end
  if #faults > 0 then
    return nil, errors.model_state(400, "The request is invalid.", faults)
  end
  return names
end

local function place_of(store, name)
  for place, vendor in ipairs(store.vendors) do
    if vendor.VendorName == name then
      return place
    end
  end
end

local function put_vendors(store, names)
  for _, name in ipairs(names) do
    if not place_of(store, name) then
      table.insert(store.vendors, vendor_record({ VendorName = name }))
    end
  end
  return ok(true)
end

local function delete_vendors(store, names)
  for _, name in ipairs(names) do
    if not place_of(store, name) then
      return errors.message(404, ("There is no vendor '%s'."):format(name))
    end
  end
  for _, name in ipairs(names) do
    local place = place_of(store, name)
    if place then
      table.remove(store.vendors, place)
    end
  end
  return ok(true)
end

--- Adds the routes.
function M.open(router, store)
  store.group_filters = store.group_filters or {}
  store.vendors = store.vendors or json.array()
  router:add("POST", "/api/Product/ProductGroupFilter", function(request)
    return add_filter(store, request.query)
  end)
  router:add("GET", "/api/Product/ProductGroupsByProduct", function(request)
    return groups_of(store, request.query)
  end)
  router:add("GET", "/api/Product/Vendors", function()
    return ok(store.vendors)
  end)
  router:add("PUT", "/api/Product/Vendors", function(request)
    local names, refusal = read_vendors(request)
    return names and put_vendors(store, names) or refusal
  end)
  router:add("DELETE", "/api/Product/Vendors", function(request)
    local names, refusal = read_vendors(request)
    return names and delete_vendors(store, names) or refusal
  end)
end

return M
