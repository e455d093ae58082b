-- types.lua - reads the types of LuaCATS annotations: "wats.Unit[]|nil", "fun(a: string): boolean".
--
--   type    = unary { "|" unary }
--   unary   = primary { "[]" | "?" }
--   primary = "(" type ")" | text | number | "fun" [ "(" ... ")" [ ":" types ] ] | "{" ... "}"
--           | "..." [ type ] | "`" name "`" | name [ "<" type { "," type } ">" ]

local M = {}

local Reader = {}
Reader.__index = Reader

function Reader:skip() self.at = self.text:match("^%s*()", self.at) end

-- Takes a pattern where it stands, spaces before it skipped; nil where it does not stand there.
function Reader:take(pattern)
  self:skip()
  local found, after = self.text:match("^(" .. pattern .. ")()", self.at)
  if found then self.at = after end
  return found
end

function Reader:need(pattern, what)
  return self:take(pattern) or error({ wanted = what, at = self.at, ended = self:ended() }, 0)
end

function Reader:ended()
  self:skip()
  return self.at > #self.text
end

-- "a: type, b?: type" up to what ends it.
function Reader:members(last)
  while not self:take(last) do
    if self:take("%[") then
      self:type()
      self:need("%]", "]")
    elseif not self:take("%.%.%.") then
      self:need("[%a_][%w_]*", "a name")
      self:take("%?")
    end
    if self:take(":") then self:type() end
    if not self:take("[,;]") then
      self:need(last, last)
      break
    end
  end
end

function Reader:fun()
  if not self:take("%(") then return end
  self:members("%)")
  if not self:take(":") then return end
  repeat
    if self.text:find("^%s*[%a_][%w_]*%??%s*:%s", self.at) then -- a name of what is returned
      self:take("[%a_][%w_]*")
      self:take("%?")
      self:take(":")
    end
    self:type()
  until not self:take(",")
end

function Reader:name()
  local name = self:need("[%a_][%w_.%-*]*", "a type")
  self.names[#self.names + 1] = name
  if self:take("<") then
    repeat self:type() until not self:take(",")
    self:need(">", ">")
  end
end

function Reader:primary()
  if self:take("%(") then
    self:type()
    self:need("%)", ")")
  elseif self:take("%.%.%.") then
    if self.text:find("^[%a({]", self.at) then self:unary() end
  elseif self:take("fun%f[^%w_.]") then
    self:fun()
  elseif self:take("{") then
    self:members("}")
  elseif not (self:take('"[^"]*"') or self:take("'[^']*'") or self:take("%-?%d[%d.]*")
      or self:take("`[^`]*`")) then
    self:name()
  end
end

-- "[]" and "?" stand right behind what they belong to.
function Reader:unary()
  self:primary()
  while true do
    local after = self.text:match("^%[%]()", self.at) or self.text:match("^%?()", self.at)
    if not after then return end
    self.at = after
  end
end

function Reader:type()
  repeat self:unary() until not self:take("|")
end

--- The names of types in the type that a text begins with, and what comes after it; or nil and what
--- is wrong, and whether the text ended too early.
---@param text string
---@return string[]|nil names
---@return string rest
---@return boolean|nil ended
function M.read(text)
  local reader = setmetatable({ text = text, at = 1, names = {} }, Reader)
  local ok, problem = pcall(reader.type, reader)
  if ok then return reader.names, text:sub(reader.at) end
  if type(problem) ~= "table" then error(problem, 0) end
  local place = text:sub(problem.at, problem.at + 20)
  return nil, ('%s expected at "%s"'):format(problem.wanted, place), problem.ended
end

return M
