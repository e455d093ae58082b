-- Asserts that `fn` raises a message that matches `pattern` and blames a line of a spec;
-- luassert's error_matches takes the position away.

local assert = require "luassert"

return function(fn, pattern)
  local ok, message = pcall(fn)
  assert.is_false(ok)
  assert.matches("_spec%.lua:%d+: " .. pattern, message)
end
