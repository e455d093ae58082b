-- wats.sandbox.regex: regular expressions as the server (.NET) reads them, as far as people write
-- them to tell what a barcode means: . classes \d \w \s ^ $ \b groups alternatives quantifiers
-- (greedy and lazy) back references, looking ahead and behind. Characters are code points.
--
-- Backtracking, with an end: a search that takes too many steps finds nothing. What is not known
-- here is refused, never ignored.

local match = require("wats.sandbox.regex_match")

local M = {}

local Regex = {}
Regex.__index = Regex
Regex.__name = "wats.sandbox.regex"

local MAX_REPEAT = 1000

-- The parser: a cursor over the text of the expression.
local Parser = {}
Parser.__index = Parser

local function fail(self, problem)
  error({ problem = ("%s, at position %d"):format(problem, self.at) }, 0)
end

-- Takes what the Lua pattern matches here: its captures, or the whole.
function Parser:take(pattern)
  local first, last, one_capture, two = self.text:find("^" .. pattern, self.at)
  if not first then
    return nil
  end
  self.at = last + 1
  return one_capture or self.text:sub(first, last), two
end

function Parser:character()
  local text = self:take(utf8.charpattern)
  if not text then
    fail(self, "there is nothing more")
  end
  return utf8.codepoint(text)
end

-- Of ASCII only.
local function both_cases(code)
  if code > 127 then
    return code, code
  end
  local letter = string.char(code)
  return letter:lower():byte(), letter:upper():byte()
end

function Parser:literal(code)
  if not self.any_case then
    return function(given)
      return given == code
    end
  end
  local lower, upper = both_cases(code)
  return function(given)
    return given == lower or given == upper
  end
end

-- Behind a backslash: the test of a class, or a code.
function Parser:escape()
  local hex = self:take("x(%x%x)") or self:take("u(%x%x%x%x)")
  if hex then
    return nil, tonumber(hex, 16)
  end
  local letter = self:take("%a")
  if not letter then
    return nil, self:character()
  elseif match.CLASSES[letter] then
    return match.CLASSES[letter]
  elseif match.CONTROLS[letter] then
    return nil, match.CONTROLS[letter]
  end
  fail(self, ("'\\%s' is not known"):format(letter))
end

function Parser:class_item()
  if self:take("\\") then
    local test, code = self:escape()
    return test, code
  end
  return nil, self:character()
end

function Parser:class()
  local inverted, tests = self:take("%^") ~= nil, {}
  repeat
    local test, low = self:class_item()
    local high = low
    if low and self.text:find("^%-[^%]]", self.at) then
      self:take("%-")
      local other
      other, high = self:class_item()
      if other or high < low then
        fail(self, "the range is in reverse order")
      end
    end
    local any_case = self.any_case
    tests[#tests + 1] = test or function(code)
      if any_case then
        local lower, upper = both_cases(code)
        return lower >= low and lower <= high or upper >= low and upper <= high
      end
      return code >= low and code <= high
    end
  until self:take("%]")
  local function test(code)
    for _, fits in ipairs(tests) do
      if fits(code) then
        return true
      end
    end
    return false
  end
  return match.one(inverted and match.invert(test) or test)
end

local LOOKS = {
  ["="] = { match.ahead, true }, ["!"] = { match.ahead, false },
  ["<="] = { match.behind, true }, ["<!"] = { match.behind, false },
}

function Parser:close(matcher)
  if not self:take("%)") then
    fail(self, "a ')' is missing")
  end
  return matcher
end

function Parser:parenthesis()
  if self:take("%?:") then
    return self:close(self:alternatives())
  end
  local look = self:take("%?(<[=!])") or self:take("%?([=!])")
  if look then
    return LOOKS[look][1](self:close(self:alternatives()), LOOKS[look][2])
  end
  local name = self:take("%?<([%a_][%w_]*)>") or self:take("%?'([%a_][%w_]*)'")
  if not name and self.text:find("^%?", self.at) then
    fail(self, "this kind of group is not known")
  end
  self.groups = self.groups + 1
  local number = self.groups
  if name then
    self.names[name] = number
  end
  return match.group(self:close(self:alternatives()), number)
end

function Parser:backslash()
  local anchor = self:take("[bBAZz]")
  if anchor then
    return match.ANCHORS[anchor]
  end
  local number = self:take("([1-9])") or self:take("k<(%d+)>")
  local name = not number and self:take("k<([%a_][%w_]*)>")
  number = math.tointeger(tonumber(number)) or self.names[name]
  if number and number <= self.groups then
    return match.reference(number)
  elseif number or name then
    fail(self, "there is no such group")
  end
  local test, code = self:escape()
  return match.one(test or self:literal(code))
end

function Parser:atom()
  if self:take("%.") then
    return match.one(function(code)
      return code ~= 10
    end)
  elseif self:take("%[") then
    return self:class()
  elseif self:take("%(") then
    return self:parenthesis()
  elseif self:take("\\") then
    return self:backslash()
  elseif self:take("%^") then
    return match.at_start
  elseif self:take("%$") then
    return match.at_end
  elseif self.text:find("^[*+?]", self.at) then
    fail(self, "there is nothing to repeat")
  end
  return match.one(self:literal(self:character()))
end

function Parser:quantified()
  local matcher = self:atom()
  while true do
    local least, most
    local mark = self:take("[*+?]")
    if mark then
      least, most = mark == "+" and 1 or 0, mark == "?" and 1 or math.huge
    else
      least, most = self:take("{(%d+),(%d*)}")
      if not least then
        least = self:take("{(%d+)}")
        most = least
      end
      if not least then
        return matcher
      end
      least, most = tonumber(least), tonumber(most) or math.huge
      if least > most or least > MAX_REPEAT then
        fail(self, "the quantifier is out of range")
      end
    end
    matcher = match.times(matcher, least, most, self:take("%?") ~= nil)
  end
end

function Parser:alternatives()
  local list, parts = {}, {}
  self.depth = self.depth + 1
  if self.depth > 50 then
    fail(self, "the groups stand too deep")
  end
  while self.at <= #self.text and not self.text:find("^%)", self.at) do
    if self:take("|") then
      list[#list + 1], parts = match.sequence(parts), {}
    else
      parts[#parts + 1] = self:quantified()
    end
  end
  self.depth = self.depth - 1
  list[#list + 1] = match.sequence(parts)
  return match.either(list)
end

--- Reads an expression.
---@param text string
---@return table|nil regex
---@return string|nil problem
function M.compile(text)
  if not utf8.len(text) then
    return nil, "it is not UTF-8"
  end
  local parser = setmetatable({ text = text, at = 1, groups = 0, names = {}, depth = 0 }, Parser)
  parser.any_case = parser:take("%(%?i%)") ~= nil
  local ok, result = pcall(parser.alternatives, parser)
  if ok and parser.at <= #text then
    ok, result = pcall(fail, parser, "there are too many ')'")
  end
  if ok then
    return setmetatable({ matcher = result }, Regex)
  end
  return nil, type(result) == "table" and result.problem or error(result, 0)
end

--- The first part of the text that matches.
---@param text string
---@return string|nil part
function Regex:find(text)
  local codes = utf8.len(text) and { utf8.codepoint(text, 1, -1) } or { text:byte(1, -1) }
  local state = { codes = codes, steps = 0 }
  for start = 1, #codes + 1 do
    state.groups = {}
    local ok, after = pcall(self.matcher, state, start, function(place)
      return place
    end)
    if not ok and after ~= state then
      error(after, 0)
    elseif not ok then
      return nil
    elseif after then
      return utf8.char(table.unpack(codes, start, after - 1))
    end
  end
  return nil
end

return M
