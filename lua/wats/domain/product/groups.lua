-- wats.domain.product.groups: methods of client.product: product groups, vendors, categories.

local call = require("wats.call")
local check = require("wats.async.check")
local client_module = require("wats.client")
local errors = require("wats.errors")
local json = require("wats.json")
local options = require("wats.options")

local segment, with = client_module.segment, client_module.with

local get_groups = call.bind("GET /api/App/ProductGroups", "list")
local groups_by_product = call.bind("GET /api/Product/ProductGroupsByProduct", "list")
local post_filter = call.bind("POST /api/Product/ProductGroupFilter")
local get_vendors = call.bind("GET /api/Product/Vendors", "list")
local put_vendors = call.bind("PUT /api/Product/Vendors")
local delete_vendors = call.bind("DELETE /api/Product/Vendors")
local get_categories = call.bind("GET /api/internal/Product/GetProductCategories", "list")
local put_categories = call.bind("PUT /api/internal/Product/PutProductCategories")

---@class wats.ProductGroup
---@field productGroupId integer
---@field productGroupName string

---@class wats.ProductCategory
---@field ProductCategoryId? string  none: a new one
---@field Name string
---@field Description? string

---@class wats.Product
local Product = {}

-- All product groups. (Made on the server's pages: the API has no way to add one.)
-- GET /api/App/ProductGroups
---@param opts? wats.RequestOptions
---@return wats.ProductGroup[]? groups
---@return wats.Error? err
function Product:get_groups(opts)
  return get_groups(self, "product:get_groups", nil, opts)
end

-- The groups that a product is in; with a revision: that this revision is in.
-- GET /api/Product/ProductGroupsByProduct
---@param part_number string
---@param revision? string
---@param opts? wats.RequestOptions
---@return table[]? groups
---@return wats.Error? err
function Product:get_groups_for_product(part_number, revision, opts)
  local where = "product:get_groups_for_product"
  segment(where, "part_number", part_number)
  return groups_by_product(self, where, { partNumber = part_number, revision = revision }, opts)
end

local FILTER = {
  revision = { "string" },
  exclude = { "boolean" },
}

-- Adds a filter to a product group that exists: the product (or one revision of it) is in it from
-- now on; or, with `exclude`, is not.  POST /api/Product/ProductGroupFilter
---@param product_group string  its name
---@param part_number string
---@param filter? { revision: string?, exclude: boolean? }
---@param opts? wats.RequestOptions
---@return any done  true, or what the server says
---@return wats.Error? err
function Product:add_product_group_filter(product_group, part_number, filter, opts)
  local where = "product:add_product_group_filter"
  segment(where, "product_group", product_group)
  segment(where, "part_number", part_number)
  local checked, problem = options.read(filter, FILTER)
  if not checked then errors.raise("%s: %s", where, problem) end
  return post_filter(self, where, { productGroup = product_group, partNumber = part_number,
    revision = checked.revision, exclude = checked.exclude }, opts)
end

-- All vendors.  GET /api/Product/Vendors
---@param opts? wats.RequestOptions
---@return wats.record.Vendor[]? vendors
---@return wats.Error? err
function Product:get_vendors(opts)
  return get_vendors(self, "product:get_vendors", nil, opts)
end

-- Vendors as the API takes them: a list of { VendorName }, from names and such records.
local function vendor_list(where, given)
  if type(given) ~= "table" or given[1] == nil then
    errors.raise("%s: vendors: a list of names expected, got %s", where,
      type(given) == "table" and "an empty table" or type(given))
  end
  check.list(where, given, "vendors")
  local list = json.array {}
  for i, vendor in ipairs(given) do
    if type(vendor) == "string" then vendor = { VendorName = vendor } end
    local name = type(vendor) == "table" and vendor.VendorName
    if type(name) ~= "string" or not name:find("%S") then
      errors.raise("%s: vendors: element %d: a name, or a table with VendorName expected", where, i)
    end
    list[i] = vendor
  end
  return list
end

-- Adds those vendors that the server has not yet.  PUT /api/Product/Vendors
---@param vendors (string|wats.record.Vendor)[]
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Product:save_vendors(vendors, opts)
  local where = "product:save_vendors"
  return put_vendors(self, where, nil, with(opts, { json = vendor_list(where, vendors) }))
end

-- Removes vendors, by name.  DELETE /api/Product/Vendors
---@param vendors (string|wats.record.Vendor)[]
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Product:delete_vendors(vendors, opts)
  local where = "product:delete_vendors"
  return delete_vendors(self, where, nil, with(opts, { json = vendor_list(where, vendors) }))
end

-- One vendor: the API knows it by its name alone.  PUT /api/Product/Vendors
---@param name string
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Product:save_vendor(name, opts)
  local where = "product:save_vendor"
  return put_vendors(self, where, nil, with(opts, { json = vendor_list(where, { name }) }))
end

-- DELETE /api/Product/Vendors
---@param name string
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Product:delete_vendor(name, opts)
  local where = "product:delete_vendor"
  return delete_vendors(self, where, nil, with(opts, { json = vendor_list(where, { name }) }))
end

-- The categories that a product can be of.  GET /api/internal/Product/GetProductCategories
---@param opts? wats.RequestOptions
---@return wats.ProductCategory[]? categories
---@return wats.Error? err
function Product:get_product_categories(opts)
  return get_categories(self, "product:get_product_categories", nil, opts)
end

-- Saves categories: those with an id are changed, those without are added.
-- PUT /api/internal/Product/PutProductCategories
---@param categories wats.ProductCategory[]
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Product:save_product_categories(categories, opts)
  local where = "product:save_product_categories"
  check.list(where, categories, "categories")
  for i, category in ipairs(categories) do
    local name = type(category) == "table" and category.Name
    if type(name) ~= "string" or name == "" then
      errors.raise("%s: categories: element %d: a table with a Name expected", where, i)
    end
  end
  local list = json.array(table.move(categories, 1, #categories, 1, {}))
  return put_categories(self, where, nil, with(opts, { json = list }))
end

return Product
