-- wats.domain.product.bulk: methods of client.product: many products at once.

local call = require("wats.call")
local client_module = require("wats.client")
local errors = require("wats.errors")
local json = require("wats.json")
local many = require("wats.many")
local odata = require("wats.odata")
local operations = require("wats.operations")

local with = client_module.with

local query = call.bind("GET /api/Product/Query", "records")
local put_products = call.bind("PUT /api/Products")
local put_revisions = call.bind("PUT /api/Products/Revisions")

local PAGE = 1000
-- Part numbers in one query, and bytes of it: servers of this kind refuse a query of 2,048.
local BATCH, MAX_FILTER = 50, 1800

---@class wats.ProductManyOptions: wats.ManyOptions
---@field view? boolean  true: rows of Query in place of whole records

---@class wats.Product
local Product = {}

-- Has the caller a query of his own?
local function is_given(opts)
  local own = type(opts) == "table" and opts.query
  return type(own) == "table" and next(own) ~= nil
end

-- The products in use: of all, page by page, or of those that a query of one's own asks for.
-- GET /api/Product/Query
---@param opts? wats.RequestOptions
---@return wats.record.ProductView[]? products
---@return wats.Error? err
function Product:get_active_products(opts)
  local where = "product:get_active_products"
  call.reads(where, opts)
  local all, err
  if is_given(opts) then
    all, err = query(self, where, nil, opts)
  else
    all, err = self:get_all_products(opts)
  end
  if not all then return nil, err end
  local active = json.array {}
  for _, product in ipairs(all) do
    if self:is_active(product) then active[#active + 1] = product end
  end
  return active
end

-- All products, in the order of their part numbers: page by page, as a query alone ends at 1,000.
-- A page begins behind the last part number of the one before, so none is lost or there twice
-- when others come and go meanwhile.  GET /api/Product/Query
---@param opts? wats.RequestOptions  without a query
---@return wats.record.ProductView[]? products
---@return wats.Error? err
function Product:get_all_products(opts)
  local where = "product:get_all_products"
  if is_given(opts) then
    errors.raise("%s: it takes no query: get_products does", where)
  end
  call.reads(where, opts)
  local all, seen = json.array {}, {}
  local condition, added
  repeat
    local page, err = query(self, where, { ["$filter"] = condition, ["$top"] = PAGE,
      ["$orderby"] = "PartNumber" }, opts)
    if not page then return nil, err end
    added = false
    for _, product in ipairs(page) do
      local name = product.partNumber
      if name ~= nil and not seen[name] then
        all[#all + 1], seen[name], added = product, true, true
        condition = odata.compare("PartNumber", "gt", name)
      end
    end
  until #page < PAGE or not added
  return all
end

-- All products as whole records, with revisions: the list, then a request for each, 16 at once.
-- What is removed meanwhile is left out.  GET /api/Product/Query, GET /api/Product/{partNumber}
---@param opts? wats.ManyOptions
---@return wats.record.Product[]? products
---@return wats.Error? err
function Product:get_products_full(opts)
  local names, own = json.array {}, with(opts, {})
  own.concurrency, own.on_progress, own.batch = nil, nil, nil
  local list, err = self:get_all_products(own)
  if not list then return nil, err end
  for i, product in ipairs(list) do names[i] = product.partNumber end
  local results, errs = self:get_many(names, opts)
  local products = json.array {}
  for i = 1, #names do
    local problem = errs and errs[i]
    if problem and problem.kind ~= "not_found" then return nil, problem end
    products[#products + 1] = results[i]
  end
  return products
end

-- Whose row is it? The server may write a part number in another case.
local function assign(owners, rows, names)
  local exact, similar = {}, {}
  for _, name in ipairs(names) do
    exact[tostring(name)], similar[tostring(name):lower()] = name, name
  end
  for _, row in ipairs(rows) do
    local name = type(row.partNumber) == "string" and row.partNumber or ""
    owners[row] = exact[name] or similar[name:lower()]
  end
end

-- As many of the part numbers from the given place on as make a query that a server takes.
local function next_few(part_numbers, first)
  local few, size = {}, 0
  for i = first, #part_numbers do
    local name = tostring(part_numbers[i])
    size = size + #operations.encode(odata.literal(name)) + #operations.encode(",")
    if #few > 0 and size > MAX_FILTER then break end
    few[#few + 1] = name
  end
  return few
end

local function by_query(self, owners, part_numbers, opts)
  local found = {}
  local first = 1
  while part_numbers[first] do
    local few = next_few(part_numbers, first)
    local rows, err = query(self, "product:get_many", {
      ["$filter"] = odata.one_of("PartNumber", few), ["$top"] = PAGE,
    }, opts)
    if not rows then return nil, err end
    table.move(rows, 1, #rows, #found + 1, found)
    first = first + #few
  end
  assign(owners, found, part_numbers)
  return found
end

-- Products by their part numbers, as whole records: a request for each, 16 at once, those that are
-- cached without any. With `view`, which is for long lists: rows of Query, up to 50 products with
-- each request; they tell partNumber, name, category, nonSerial and state, and nothing more.
-- GET /api/Product/{partNumber}, or GET /api/Product/Query
---@param part_numbers string[]
---@param opts? wats.ProductManyOptions
---@return table results  in the order of part_numbers, and n
---@return table? errs    by the same index, and n; nil where nothing failed
function Product:get_many(part_numbers, opts)
  local where = "product:get_many"
  local own, view = opts, false
  if type(opts) == "table" then
    own, view = with(opts, {}), opts.view
    own.view = nil
  end
  if not view then
    return many.fetch(where, part_numbers, function(part_number, of_request)
      return self:get_product(part_number, of_request)
    end, own)
  end
  local owners = {}
  return many.bulk(where, part_numbers, function(names, of_request)
    return by_query(self, owners, names, of_request)
  end, own, { size = BATCH, of = function(row) return owners[row] end })
end

-- A list of records that each have a text under this name.
local function record_list(where, name, given, field)
  if type(given) ~= "table" or given[1] == nil then
    errors.raise("%s: %s: a list with at least one record expected, got %s", where, name,
      type(given) == "table" and "an empty table" or type(given))
  end
  for i, record in ipairs(given) do
    local text = type(record) == "table" and record[field]
    if type(text) ~= "string" or text == "" then
      errors.raise("%s: %s: element %d: a table with %s expected", where, name, i, field)
    end
  end
  return json.array(table.move(given, 1, #given, 1, {}))
end

-- Adds or updates products, by part number, in one request. What one leaves out stays as it is.
-- PUT /api/Products
---@param products wats.record.Product[]  each with its partNumber
---@param opts? wats.RequestOptions
---@return any done  true, or what the server says
---@return wats.Error? err
function Product:bulk_save_products(products, opts)
  local where = "product:bulk_save_products"
  local list = record_list(where, "products", products, "partNumber")
  return put_products(self, where, nil, with(opts, { json = list }))
end

-- Adds or updates revisions in one request: each with its revision and its PartNumber, or the
-- productId.  PUT /api/Products/Revisions
---@param revisions wats.record.ProductRevision[]
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Product:bulk_save_revisions(revisions, opts)
  local where = "product:bulk_save_revisions"
  local list = record_list(where, "revisions", revisions, "revision")
  for i, revision in ipairs(list) do
    if not (revision.PartNumber or revision.productId or revision.productRevisionId) then
      errors.raise("%s: revisions: element %d: it has no PartNumber, and no id", where, i)
    end
  end
  return put_revisions(self, where, nil, with(opts, { json = list }))
end

return Product
