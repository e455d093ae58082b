-- A write drops what it makes stale, and nothing else.
local wats = require("wats")
local server <close> = assert(require("wats.sandbox").spawn())
local client <close> = assert(wats.connect { base_url = server.url, token = server.token })

local paths = { "/api/Product/PCBA-100", "/api/Product/Query", "/api/App/ProductGroups",
  "/api/App/Processes" }

local function fill()
  for _, path in ipairs(paths) do assert(client:get(path)) end
end

local function show(what)
  print(what)
  for _, path in ipairs(paths) do
    print(("  %-24s %s"):format(path, client.cache:explain(path).status))
  end
end

fill()
show("stored:")

local product = assert(client.product:get_product("PCBA-100"))
product.name = "Controller board, revised"
assert(client.product:update_product(product))
show("after a product was written:")
print("read back: " .. assert(client.product:get_product("PCBA-100")).name)

-- A write that is refused has changed nothing, so it drops nothing.
fill()
assert(server:fault { method = "PUT", path = "/api/Product", status = 400 })
local _, err = client.product:update_product(product)
print("refused: " .. err.kind)
show("after a write that was refused:")

-- One that may have been done counts as done.
assert(server:fault { method = "PUT", path = "/api/Product", drop = "after", times = 0 })
_, err = client.product:update_product(product)
print("no answer: " .. err.kind)
show("after a write that nobody answered:")
