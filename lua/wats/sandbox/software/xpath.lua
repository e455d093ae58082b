-- wats.sandbox.software.xpath: the one form of XPath with which stations search tags:
--
--   //*[PartNumber[.="PN-1"]] [StationName[.="ICT-01" or .="Any"]]

local M = {}

-- A text in quotes, or concat("a", 'b', ...); and what is behind it.
local function literal(text)
  local quoted, rest = text:match('^"([^"]*)"(.*)$')
  if not quoted then
    quoted, rest = text:match("^'([^']*)'(.*)$")
  end
  if quoted or not text:find("^concat%(") then
    return quoted, rest
  end
  local parts = {}
  rest = text:sub(8)
  repeat
    local part
    part, rest = literal(rest)
    if not part then
      return nil
    end
    parts[#parts + 1] = part
    local comma = rest:match("^%s*,%s*(.*)$")
    local close = rest:match("^%s*%)(.*)$")
    rest = comma or close
  until not comma
  return rest and table.concat(parts), rest
end

-- .="a" or .="b"; and what is behind it.
local function values(text)
  local set = {}
  local rest = text
  repeat
    local value
    value, rest = literal(rest:match("^%.%s*=%s*(.*)$") or "")
    if not value then
      return nil
    end
    set[value] = true
    local more = rest:match("^%s+or%s+(.*)$")
    rest = more or rest
  until not more
  return set, rest
end

--- What an expression asks of the tags: test(tags) -> boolean, `tags` a list of { key, value }; nil
--- where it is of another form.
---@param text string
---@return nil|fun(tags: { key: string, value: string }[]): boolean
function M.compile(text)
  local rest = text:match("^//%*%s*(.*)$")
  local conditions = {}
  while rest and rest ~= "" do
    local name, inner = rest:match("^%[([%w_.-]+)%[(.*)$")
    local set, after
    if name then
      set, after = values(inner)
    end
    if not set then
      return nil
    end
    conditions[#conditions + 1] = { name = name, set = set }
    rest = after:match("^%]%]%s*(.*)$")
  end
  return rest and function(tags)
    for _, condition in ipairs(conditions) do
      local found = false
      for _, tag in ipairs(tags) do
        found = found or tag.key == condition.name and condition.set[tag.value] == true
      end
      if not found then
        return false
      end
    end
    return true
  end
end

return M
