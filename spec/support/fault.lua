-- A caller's mistake: where it is blamed, and in what words.
local assert = require("luassert")

-- Calls a function of one line, which must raise at that very line, in one line of readable text
-- of a bounded length. Returns the text.
---@param call fun()
---@return string message
local function fault(call)
  local ok, message = pcall(call)
  assert.is_false(ok, "this raised nothing")
  local where = debug.getinfo(call, "S")
  local position = ("%s:%d: "):format(where.short_src, where.linedefined)
  assert.equal(position, message:sub(1, #position), message)
  assert.truthy(utf8.len(message), message)
  assert.is_nil(message:find("%c"), message)
  assert.is_true(#message < 400, message)
  return message:sub(#position + 1)
end

return fault
