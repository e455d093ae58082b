-- What specs need that this build or machine may lack: then they are skipped and counted, with a
-- word.

local core = require("wats.core")

local M = {}

local ok, why = pcall(core.httpd, { handler = print })
M.has_sandbox = ok or not tostring(why):find("built without", 1, true)

-- Raises without SQLite, and returns an error with it: there is no such directory.
ok, why = pcall(require("wats").connect, { base_url = "http://127.0.0.1:1", token = "a",
  station = "S", cache = { path = "/no/such/directory/cache.db" } })
M.has_sqlite = ok or not tostring(why):find("built without", 1, true)

-- With neither can it be shown what the queue does.
M.has_queue = M.has_sandbox and M.has_sqlite
  and package.searchpath("wats.queue", package.path) ~= nil

-- How many times slower than elsewhere a computation may be here. The second with a sanitizer.
M.slowness = os.getenv("UNDER_VALGRIND") and 30 or os.getenv("ASAN_OPTIONS") and 3 or 1

local function nothing() end

--- `it` for specs that need something.
---   local it = needs.that(has_openssl, "no openssl command here", it, pending)
function M.that(available, word, it, pending)
  if available then return it end
  return function(name) pending(("%s (%s)"):format(name, word)) end
end

--- `it` for specs that need a sandbox, followed by what prepares them.
---   local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
function M.sandbox(it, pending, ...)
  if M.has_sandbox then return it, ... end
  local skipped = M.that(false, "no sandbox: built without libmicrohttpd", it, pending)
  local count, replaced = select("#", ...), {}
  for i = 1, count do replaced[i] = nothing end
  return skipped, table.unpack(replaced, 1, count)
end

--- `it` for specs of the queue and a server for it.
function M.queue(it, pending)
  return M.that(M.has_queue, "built without SQLite or libmicrohttpd", it, pending)
end

-- The command may be there and the system have no terminals to give, as in a bare root.
M.has_terminal = os.execute('test "$(script -qec "test -t 1 && echo yes" /dev/null 2>&1 </dev/null'
  .. " | tr -d '\\r')\" = yes") and true or false

--- `it` for specs that show something on a terminal.
function M.terminal(it, pending)
  return M.that(M.has_terminal, "no command script here, or no terminal to be had", it, pending)
end

return M
