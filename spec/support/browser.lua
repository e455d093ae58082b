-- A browser for specs of pages: headless Chromium, or a kin of it, with a profile of its own.

local core = require("wats.core")

local M = {}

local NAMES = { "chromium", "chromium-browser", "google-chrome", "chrome" }

local function find()
  for _, name in ipairs(NAMES) do
    local pipe = io.popen("command -v " .. name .. " 2>/dev/null")
    local path = pipe and pipe:read("l")
    if pipe then pipe:close() end
    if path and path ~= "" then return path end
  end
  return nil
end

--- The path of the program, or nil.
M.program = find()

local LONG = 120 -- seconds that nothing of this takes

--- Opens a page (a file's path) in `directory` and does what the options say, as in
--- "--dump-dom". What it printed.
function M.open(page, directory, ...)
  local out = directory .. "/browser.out"
  local argv = { M.program, "--headless", "--no-sandbox", "--disable-gpu",
    "--disable-dev-shm-usage", "--user-data-dir=" .. directory .. "/profile", ... }
  argv[#argv + 1] = "file://" .. page
  local child = assert(core.spawn { argv = argv, env = { HOME = directory }, stdout = out,
    stderr = directory .. "/browser.err" })
  local code, how = child:wait(LONG)
  if not code then child:kill(9) end
  child:close()
  assert(code == 0, ("the browser ended with %s (%s)"):format(code, how))
  local file = assert(io.open(out, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

return M
