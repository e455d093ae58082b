-- What the specs of examples/shift.lua share.

local check = require("luassert")
local core = require("wats.core")
local parser = require("spec.exposition_parser")
local sandboxes = require("spec.support.sandbox")

local M = {}

M.LUA = os.getenv("LUA") or "lua5.4"
M.CANARY = "Y2FuYXJ5OnNlY3JldC1jYW5hcnktdG9rZW4="

--- Reads a file and removes it.
function M.take_file(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("a")
  file:close()
  os.remove(name)
  return text
end

--- Runs to the end: exit code, output, errors.
function M.run(arguments, env)
  local out, err = os.tmpname(), os.tmpname()
  local environment = { WATS_BASE_URL = false, WATS_AUTH_TOKEN = false, WATS_CONFIG = false }
  for name, value in pairs(env or {}) do environment[name] = value end
  local child = assert(core.spawn({
    argv = { M.LUA, "examples/shift.lua", table.unpack(arguments or {}) },
    env = environment, stdin = "pipe", stdout = out, stderr = err,
  }))
  local code, how = child:wait(120)
  child:close()
  local text, errors = M.take_file(out), M.take_file(err)
  check.equal("exit", how, errors)
  return code, text, errors
end

function M.contains(text, ...)
  for _, part in ipairs { ... } do check.matches(part, text, 1, true) end
end

function M.count(text, pattern)
  local _, n = text:gsub(pattern, "")
  return n
end

function M.metrics_of(text)
  return parser.parse(assert(text:match("\nmetrics:\n\n(.*)$")))
end

--- The sum of a family's samples that have these labels.
function M.sum(families, name, labels)
  local total = 0
  for _, sample in ipairs(families[name].samples) do
    local fits = sample.name == name
    for label, value in pairs(labels or {}) do fits = fits and sample.labels[label] == value end
    if fits then total = total + sample.value end
  end
  return total
end

--- A sandbox of ours that knows the products of the logs.
function M.start_server()
  local box = sandboxes.start { token = M.CANARY }
  assert(box.sandbox:seed { products = {
    { partNumber = "PCB-4100", revisions = { { revision = "C" } } },
    { partNumber = "PCB-2205", revisions = { { revision = "A" } } },
    { partNumber = "PSU-1030", revisions = { { revision = "B" } } },
  } })
  return box
end

function M.new_directory()
  local name = os.tmpname()
  os.remove(name)
  return name
end

return M
