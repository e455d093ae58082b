-- User accounts from a list of employees: who came is added, who left is shut out.
-- With WATS_BASE_URL and WATS_AUTH_TOKEN it shows the users of your server and changes nothing.
local wats = require("wats")
local server = not os.getenv("WATS_BASE_URL") and assert(require("wats.sandbox").spawn())
local client <close> = assert(wats.connect(server and
  { base_url = server.url, token = server.token } or {}))
local scim = client.scim

local function show(title)
  print(title)
  for user in scim:iter_users() do
    print(("  %-20s %-16s %s"):format(user.userName, user.displayName or "",
      user.active and "active" or "shut out"))
  end
end

if not server then return show("users:") end

-- The user as the list has him: added, or brought up to date.
local function bring_up(employee)
  local user, err = scim:get_user_by_username(employee.login)
  if not user and err.kind == "not_found" then
    return assert(scim:create_user { userName = employee.login, displayName = employee.name })
  end
  assert(user, err)
  if user.displayName ~= employee.name then
    assert(scim:update_display_name(user.id, employee.name))
  end
  if not user.active then assert(scim:set_user_active(user.id, true)) end
  return user
end

-- The list of a day: everybody in it can get in, and nobody else.
local function synchronize(employees)
  local present = {}
  for _, employee in ipairs(employees) do
    bring_up(employee)
    present[employee.login:lower()] = true
  end
  for user in scim:iter_users { filter = { active = true } } do
    if not present[user.userName:lower()] then assert(scim:deactivate_user(user.id)) end
  end
end

synchronize {
  { login = "kari@company.com", name = "Kari Nordmann" },
  { login = "ola@company.com", name = "Ola" },
}
show("on Monday:")
synchronize {
  { login = "kari@company.com", name = "Kari Nordmann" },
  { login = "o'brien@company.com", name = "Pat O'Brien" },
}
show("on Tuesday:")

local user, err = scim:create_user { userName = "KARI@company.com" }
print(user and "added" or "twice: " .. err.kind)
server:stop()
