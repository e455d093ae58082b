-- wats.sandbox.bom: bills of materials. One stands within the xmlData of its revision, as WSBF;
-- what is asked for as JSON is read from there.

local core = require("wats.core")
local wsbf = require("wats.wsbf")
local xml = require("wats.xml")

local box_build = require("wats.sandbox.box_build")
local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local product = require("wats.sandbox.product")

local M = {}

local component_record = json.record({
  "Number", "Rev", "Qty", "QtySpecified", "Desc", "Ref", "FunctionBlock",
})

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

-- The API says so of bills that are not valid.
local function invalid(problem)
  return errors.exception(500, "An error has occurred.", "System.InvalidOperationException",
    problem)
end

-- The document of a revision with this bill in place of the one it may have.
local function with_bom(text, bom)
  local kept = {}
  local root = type(text) == "string" and xml.read(text)
  for _, node in ipairs(root or {}) do
    if type(node) == "table" and node.name ~= "BOM" then
      kept[#kept + 1] = text:sub(node.first, node.last)
    end
  end
  return "<Root>" .. table.concat(kept) .. bom .. "</Root>"
end

-- Product and revision, made when they are not there.
local function revision_of(store, part_number, name)
  local owner = store.by_part_number[part_number]
    or product.merge(store, { partNumber = part_number })
  local revision = box_build.named_revision(store, part_number, name)
  return revision or product.merge_revision(owner, {
    revision = name, productRevisionId = core.uuid(),
  })
end

local function put(store, text)
  local bom, problem = wsbf.read(text)
  local root = xml.read(text)
  if not bom or root.name ~= "BOM" then
    return invalid(problem or "The root must be BOM.")
  elseif (bom.Partnumber or "") == "" or (bom.Revision or "") == "" then
    return invalid("The BOM must have a Partnumber and a Revision.")
  elseif #bom.components == 0 then
    return invalid("The BOM has no components.")
  end
  for _, component in ipairs(bom.components) do
    if (component.Number or "") == "" then
      return invalid("A component has no Number.")
    elseif component.Qty and math.type(component.Qty) ~= "integer" then
      return invalid("Qty must be an integer.")
    end
  end
  local revision = revision_of(store, bom.Partnumber, bom.Revision)
  revision.xmlData = with_bom(revision.xmlData, text:sub(root.first, root.last))
  return ok(true)
end

local function put_list(store, query, body)
  local list, problem = json.decode(body)
  if type(list) ~= "table" or list[1] == nil then
    return errors.text(400, "The body is no list of components: " .. (problem or "wrong type"))
  end
  local built, text = pcall(wsbf.build, "BOM", {
    Partnumber = query.partnumber, Revision = query.revision, components = list,
  })
  if not built then
    return errors.message(400, (tostring(text):gsub("^.-:%d+: ", "")))
  end
  return put(store, text)
end

local function get(store, query)
  local revision = box_build.named_revision(store, query.partnumber, query.revision)
  if not revision then
    return errors.message(404, "There is no such product revision.")
  end
  local list = json.array()
  local bom = type(revision.xmlData) == "string" and wsbf.read(revision.xmlData)
  for i, component in ipairs(bom and bom.components or {}) do
    component.QtySpecified = component.Qty ~= nil
    list[i] = component_record(component)
  end
  return ok(list)
end

--- Adds the routes.
function M.open(router, store)
  router:add("PUT", "/api/Product/BOM", function(request)
    return put(store, request.body or "")
  end)
  router:add("GET", "/api/internal/Product/Bom", function(request)
    return get(store, request.query)
  end)
  router:add("PUT", "/api/internal/Product/BOM", function(request)
    local query = request.query
    if (query.format or ""):lower() == "json" then
      return put_list(store, query, request.body)
    elseif (query.format or ""):lower() == "wsbf" then
      return put(store, request.body or "")
    end
    return errors.message(400, ("There is no format '%s'."):format(query.format or ""))
  end)
end

return M
