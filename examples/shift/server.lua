-- shift.server: the WATS server that the shift reports to: the one of the command line, else a
-- sandbox, which knows the products of the logs and ends with this program however that ends.

local sandbox = require("wats.sandbox")

local server = {}

-- A server that is not ours is left running.
local Elsewhere = { __close = function() end }

-- Each product once, with the revisions that were tested.
local function products_of(runs)
  local products, known = {}, {}
  for _, run in ipairs(runs) do
    local product = known[run.part_number]
    if not product then
      product = { partNumber = run.part_number, name = run.part_number, revisions = {} }
      known[run.part_number] = product
      products[#products + 1] = product
    end
    local with_revision = run.part_number .. "\0" .. run.revision
    if run.revision ~= "" and not known[with_revision] then
      known[with_revision] = true
      table.insert(product.revisions, { revision = run.revision })
    end
  end
  return products
end

-- For the sandbox's process: the Lua that runs this program, unless the user names one.
local function interpreter()
  local named = os.getenv("WATS_LUA")
  if named then return named end
  local first = -1
  while arg[first - 1] do first = first - 1 end
  return arg[first]
end

-- To be closed when the shift is over.
---@param args shift.Options
---@param runs wats.station_log.Run[]
---@return { url: string, token: string? }? server
---@return any err
function server.open(args, runs)
  if args.url then return setmetatable({ url = args.url, token = args.token }, Elsewhere) end
  local here, err = sandbox.spawn { lua = interpreter() }
  if not here then return nil, err end
  local seeded
  seeded, err = here:seed { products = products_of(runs) }
  if seeded then return here end
  here:stop()
  return nil, err
end

return server
