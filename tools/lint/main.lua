-- main.lua - runs the checks named as arguments: lua5.4 tools/lint/main.lua sizes banned ...
-- Prints complaints; the exit code is 1 if there are any.

package.path = "tools/?.lua;" .. package.path

local failed = false
for _, name in ipairs(arg) do
  local complaints, summary = require("lint." .. name).run()
  for _, complaint in ipairs(complaints) do
    print(complaint)
    failed = true
  end
  if summary then
    print(name .. ": " .. summary)
  end
end
os.exit(not failed, true)
