-- wats.stream.sink: where the body of an answer goes: a function, or a file.
--
-- A sink has `write(chunk)` -> true | nil, err; `commit()` -> true | nil, err once all is there;
-- `discard()` in any other case. A second end does nothing. A file is written beside its place,
-- under a name that nobody else has, and takes its name when it is whole.

local core = require("wats.core")
local errors = require("wats.errors")

local sink = {}

local FileSink = {}
FileSink.__index = FileSink

local function io_error(format, ...)
  return nil, errors.new { kind = "io", message = format:format(...) }
end

function FileSink:write(chunk)
  local ok, problem = self.file:write(chunk)
  if ok then return true end
  return io_error("write %s: %s", self.name, problem)
end

function FileSink:commit()
  local file = self.file
  self.file = nil
  local ok, problem = file:close()
  if ok then ok, problem = os.rename(self.part, self.name) end
  if ok then return true end
  os.remove(self.part)
  return io_error("write %s: %s", self.name, problem)
end

function FileSink:discard()
  local file = self.file
  if not file then return end
  self.file = nil
  if io.type(file) == "file" then file:close() end
  os.remove(self.part)
end

-- A state that ends closes no variables of tasks that wait; it collects what they hold.
FileSink.__gc = FileSink.discard

local function open_file(name)
  if name == "" or name:find("\0", 1, true) then
    errors.raise("sink: the name of a file expected, got %q", name)
  end
  if core.is_special_file(name) then
    return io_error("%s is no regular file", name)
  end
  local part = ("%s.%s.part"):format(name, core.uuid():sub(1, 8))
  local file, problem = io.open(part, "wb")
  if not file then return io_error("write %s", problem) end
  file:setvbuf("no")
  return setmetatable({ name = name, part = part, file = file }, FileSink)
end

local FunctionSink = {}
FunctionSink.__index = FunctionSink

-- Only what says so ends the transfer: false, or nil and a reason. A function that returns nothing
-- has taken its chunk.
local function judge(count, first, reason)
  if first == false or count > 1 and first == nil and reason ~= nil then
    return nil, errors.new {
      kind = "cancelled", cause = reason,
      message = "the sink ended the transfer" ..
        (reason ~= nil and ": " .. tostring(reason) or ""),
    }
  end
  return true
end

local function counted(...)
  return judge(select("#", ...), ...)
end

function FunctionSink:write(chunk)
  return counted(self.fn(chunk))
end

function FunctionSink.commit() return true end

function FunctionSink.discard() end

-- The sink for the option of this name.
---@param given fun(chunk: string): any | string
---@return table? sink
---@return wats.Error? err  of kind "io"
function sink.open(given)
  if type(given) == "string" then return open_file(given) end
  return setmetatable({ fn = given }, FunctionSink)
end

return sink
