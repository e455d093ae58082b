-- The program `wats`, as a user runs it: real processes.
--
--   local code, out, errors = program.run({ "queue", "stats" }, { env = {...}, stdin = text })
--   local watch = program.start({ "watch", dir }, { env = {...} })
--   watch:until_printed("taken")    watch:stop() -> exit code, out, errors

local core = require("wats.core")
local files = require("spec.support.files")

local M = {}
local Program = {}
Program.__index = Program

M.LONG = 60 -- seconds that nothing of this takes

-- What the specs' own environment says must not matter.
local NOTHING = { WATS_BASE_URL = false, WATS_AUTH_TOKEN = false, WATS_STATION = false,
  WATS_CONFIG = false, WATS_QUEUE = false, XDG_STATE_HOME = false, COLUMNS = false }

local read = files.contents

--- Starts it. Options: env, prefix (a list: the command that runs it), argv (in place of all that).
function M.start(arguments, options)
  options = options or {}
  local argv = table.move(options.prefix or {}, 1, #(options.prefix or {}), 1, {})
  argv[#argv + 1], argv[#argv + 2] = os.getenv("LUA") or "lua5.4", "bin/wats"
  table.move(arguments, 1, #arguments, #argv + 1, argv)
  argv = options.argv or argv
  local env = {}
  for name, value in pairs(NOTHING) do env[name] = value end
  for name, value in pairs(options.env or {}) do env[name] = value end
  local self = setmetatable({ out = os.tmpname(), err = os.tmpname() }, Program)
  if options.prefix then os.execute(("chmod 666 %s %s"):format(self.out, self.err)) end
  self.process = assert(core.spawn { argv = argv, env = env, stdin = "pipe", stdout = self.out,
    stderr = self.err })
  return self
end

--- What it has printed so far.
function Program:output() return read(self.out) end

--- Waits until standard output has it; the whole output.
function Program:until_printed(pattern, plain)
  local deadline = core.monotonic() + M.LONG
  while true do
    local text = self:output()
    if text:find(pattern, 1, plain) then return text end
    if core.monotonic() > deadline then
      error(("%s was not printed:\n%s%s"):format(pattern, text, read(self.err)), 2)
    end
    core.sleep(0.01)
  end
end

--- Waits for its end: exit code (or signal and "signal"), output, errors.
function Program:wait()
  local code, how = self.process:wait(M.LONG)
  assert(code, how)
  local out, errors = read(self.out), read(self.err)
  self.process:close()
  os.remove(self.out)
  os.remove(self.err)
  return how == "exit" and code or how, out, errors
end

--- Sends a signal, SIGTERM by default, and waits.
function Program:stop(number)
  self.process:kill(number or 15)
  return self:wait()
end

--- Runs it to its end: exit code, output, errors.
function M.run(arguments, options)
  local self = M.start(arguments, options)
  if options and options.stdin then assert(self.process:write(options.stdin, M.LONG)) end
  self.process:close_stdin()
  return self:wait()
end

-- Root may read and write everything.
local function find_nobody()
  local id = io.popen("id -u"):read("l")
  if id ~= "0" then return {} end
  local prefix = { "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups" }
  return os.execute(table.concat(prefix, " ") .. " test -r bin/wats 2>/dev/null") and prefix or nil
end

--- A prefix for a user to whom permissions matter; nil: there is none to be had.
M.nobody = find_nobody()

return M
