-- What a server says of itself: version, levels, product groups, and what a user may see.
local wats = require("wats")

-- A WATS server on this machine, unless WATS_BASE_URL and WATS_AUTH_TOKEN name yours.
local own <close> = not os.getenv("WATS_BASE_URL")
  and assert(require("wats.sandbox").spawn()) or nil
local client <close> = assert(wats.connect {
  base_url = own and own.url, token = own and own.token })

-- Never from the cache: it also tells whether the server is there.
local version, err = client.app:get_version()
if not version then
  print("no server: " .. err.message)
  os.exit(1)
end
print("version " .. version)

-- Levels and product groups are what statistics are asked by.
for _, level in ipairs(assert(client.app:get_levels())) do
  print(("level %d: %s"):format(level.levelId, level.levelName))
end
for _, group in ipairs(assert(client.app:get_product_groups())) do
  print(("product group %d: %s"):format(group.productGroupId, group.productGroupName))
end

-- One of them, by name or id. The lists were asked for once: these come from the cache.
local trace, level, missing = client:capture(function()
  local line_2 = assert(client.app:get_level("oslo line 2"))
  local _, problem = client.app:get_product_group("Motors")
  return line_2, problem
end)
print(("%s has id %d"):format(level.levelName, level.levelId))
print(("Motors: %s, %s"):format(missing.kind, missing.message))
for _, call in ipairs(trace) do print(call.route, call.cache_status) end

if own then
  local settings = assert(client.app:get_common_user_settings("operator"))
  print(settings.fullName .. " may be: " .. table.concat(settings.roles, ", "))
end
