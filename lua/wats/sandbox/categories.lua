-- wats.sandbox.categories: the categories of products, in `store.categories`.
--
-- A product names its category by id or by name; a name that is new makes a category.

local core = require("wats.core")

local checks = require("wats.sandbox.checks")
local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")

local M = {}

local v = json.value

local CATEGORY = {
  { "ProductCategoryId", "uuid" },
  { "Name", "string", required = true, not_empty = true, max = 100 },
  { "Description", "string" },
}
local category_record = json.record({ "ProductCategoryId", "Name", "Description" })

local function all(store)
  store.categories = store.categories or json.array()
  return store.categories
end

local function find(store, member, value)
  for _, category in ipairs(all(store)) do
    if category[member] == value then
      return category
    end
  end
end

local function add(store, source)
  local category = category_record({
    ProductCategoryId = core.uuid(), Name = source.Name, Description = v(source.Description),
  })
  table.insert(store.categories, category)
  return category
end

--- Is the category of a product that is to be saved one that there is (or a new name, or none)?
---@return boolean
function M.knows(store, source)
  local id = v(source.productCategoryId)
  return not id or find(store, "ProductCategoryId", id:lower()) ~= nil
end

--- Sets the category of a product as a record names it.
function M.link(store, product, source)
  local id, name = v(source.productCategoryId), v(source.productCategoryName)
  local category = id and find(store, "ProductCategoryId", id:lower())
  if not category and name then
    category = find(store, "Name", name) or add(store, { Name = name })
  end
  if category then
    product.productCategoryId, product.productCategoryName =
      category.ProductCategoryId, category.Name
  end
end

local function rename(store, category, name)
  category.Name = name
  for product in store:all_products() do
    if product.productCategoryId == category.ProductCategoryId then
      product.productCategoryName = name
    end
  end
end

local function save(store, list)
  for _, source in ipairs(list) do
    local id = v(source.ProductCategoryId)
    local category = id and find(store, "ProductCategoryId", id:lower())
    if category then
      rename(store, category, source.Name)
      category.Description = v(source.Description) or category.Description
    else
      add(store, source)
    end
  end
end

-- Each must be an object with a name, its id one that there is, and no two of one name.
local function check(store, list)
  local faults, names = {}, {}
  checks.each(faults, { list = list }, "", "list", function(source, path)
    checks.members(faults, source, path, CATEGORY)
    local id = type(source.ProductCategoryId) == "string" and source.ProductCategoryId:lower()
    local same = find(store, "Name", source.Name)
    if id and not find(store, "ProductCategoryId", id) then
      checks.add(faults, path .. ".ProductCategoryId", "There is no such category.")
    elseif names[source.Name] or same and same.ProductCategoryId ~= id then
      checks.add(faults, path .. ".Name", "There is a category of that name already.")
    end
    names[source.Name or ""] = true
  end)
  return faults
end

--- Adds the routes.
function M.open(router, store)
  all(store)
  router:add("GET", "/api/internal/Product/GetProductCategories", function()
    return { status = 200, headers = {}, body = json.encode(store.categories) }
  end)
  router:add("PUT", "/api/internal/Product/PutProductCategories", function(request)
    local list, problem = json.decode(request.body)
    if type(list) ~= "table" then
      return errors.text(400, "The body is not a JSON array: " .. (problem or "wrong type"))
    end
    local faults = check(store, list)
    if #faults > 0 then
      return errors.model_state(400, "The request is invalid.", faults)
    end
    save(store, list)
    return { status = 200, headers = {}, body = "true" }
  end)
end

return M
