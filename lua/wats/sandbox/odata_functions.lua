-- wats.sandbox.odata_functions: the string functions of an OData filter.

local M = {}

--- By name in lower case: the type of the outcome, then those of the arguments.
M.signatures = {
  contains = { "boolean", "string", "string" },
  startswith = { "boolean", "string", "string" },
  endswith = { "boolean", "string", "string" },
  indexof = { "number", "string", "string" },
  length = { "number", "string" },
  substring = { "string", "string", "number", "number", optional = 1 },
  tolower = { "string", "string" },
  toupper = { "string", "string" },
  trim = { "string", "string" },
  concat = { "string", "string", "string" },
}

--- What they do; no argument but an optional one is nil. Positions count from 0.
M.calls = {
  contains = function(s, part)
    return s:find(part, 1, true) ~= nil
  end,
  startswith = function(s, part)
    return s:sub(1, #part) == part
  end,
  endswith = function(s, part)
    return part == "" or s:sub(-#part) == part
  end,
  indexof = function(s, part)
    return (s:find(part, 1, true) or 0) - 1
  end,
  length = function(s)
    return #s
  end,
  substring = function(s, from, count)
    return s:sub(from + 1, count and from + count)
  end,
  tolower = string.lower,
  toupper = string.upper,
  trim = function(s)
    return s:match("^%s*(.-)%s*$")
  end,
  concat = function(a, b)
    return a .. b
  end,
}

return M
