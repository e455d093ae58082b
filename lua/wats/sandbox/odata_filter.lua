-- wats.sandbox.odata_filter: an OData $filter becomes a Lua function over records.
--
-- Supported, like the Report/Query/Header and Product/Query of WATS: and, or, not, parentheses;
-- eq ne gt ge lt le in; contains startswith endswith indexof length substring tolower toupper
-- trim concat; any and all over lists of records. Not supported, and refused: arithmetic, number
-- and date functions, has.
--
-- A field that is null equals only null; compared otherwise the outcome is false. Every
-- expression has a type ("string", "number", "boolean", "date", "guid" or "null"), and comparing
-- different ones is refused, as the server does.

local functions = require("wats.sandbox.odata_functions")
local lexer = require("wats.sandbox.odata_lexer")

local M = {}

local MAX_DEPTH = 100

local ORDER = {
  gt = function(a, b)
    return a > b
  end,
  ge = function(a, b)
    return a >= b
  end,
  lt = function(a, b)
    return a < b
  end,
  le = function(a, b)
    return a <= b
  end,
}

local Parser = {}
Parser.__index = Parser

local function fail(format, ...)
  error({ problem = format:format(...) }, 0)
end

function Parser:peek()
  return self.tokens[self.next]
end

function Parser:take()
  local token = self.tokens[self.next]
  self.next = self.next + 1
  return token
end

function Parser:is_word(word)
  local token = self:peek()
  return token.kind == "name" and token.value:lower() == word
end

function Parser:expect(kind)
  local token = self:take()
  if token.kind ~= kind then
    fail("'%s' expected at position %d, found '%s'", kind, token.at - 1, tostring(token.value))
  end
  return token
end

-- Runs one rule one level deeper; nesting without end must not end our stack.
function Parser:deeper(rule)
  self.depth = self.depth + 1
  if self.depth > MAX_DEPTH then
    fail("the expression is nested more than %d deep", MAX_DEPTH)
  end
  local type_, run = rule(self)
  self.depth = self.depth - 1
  return type_, run
end

local function constant(value)
  return function()
    return value
  end
end

function Parser:call(name)
  local function_name = name.value:lower()
  local signature = functions.signatures[function_name]
  if not signature then
    fail("an unknown function with name '%s' was found", name.value)
  end
  self:expect("(")
  local runs = {}
  repeat
    local type_, run = self:deeper(self.operand)
    runs[#runs + 1] = run
    if signature[#runs + 1] ~= type_ then
      fail("no signature of function '%s' takes these arguments", name.value)
    end
    local token = self:take()
  until token.kind ~= "," or #runs >= #signature
  if self.tokens[self.next - 1].kind ~= ")" then
    fail("')' or ',' expected at position %d", self.tokens[self.next - 1].at - 1)
  elseif #runs < #signature - 1 - (signature.optional or 0) then
    fail("no signature of function '%s' takes %d arguments", name.value, #runs)
  end
  local f, first, second, third = functions.calls[function_name], runs[1], runs[2], runs[3]
  return signature[1], function(record)
    local a, b = first(record), second and second(record)
    if a == nil or second and b == nil then
      return nil
    end
    return f(a, b, third and third(record))
  end
end

-- `subUnits/any(x: x/partNumber eq 'A')`, with the "(" next: the list's name and "any" or "all" are
-- in one token. Its variable is a name of its own, which hides a field within the brackets.
function Parser:lambda(list, quantifier)
  self:expect("(")
  local key = list.key
  if quantifier == "any" and self:peek().kind == ")" then
    self:take()
    return "boolean", function(record)
      return record[key] ~= nil and record[key][1] ~= nil
    end
  end
  local name = self:expect("name").value:lower()
  self:expect(":")
  local outer, item = self.variables[name], { fields = list.fields }
  self.variables[name] = item
  local type_, run = self:deeper(self.either)
  self.variables[name] = outer
  if type_ ~= "boolean" then
    fail("the body of '%s' must be a condition", quantifier)
  end
  self:expect(")")
  local wanted = quantifier == "any"
  return "boolean", function(record)
    for _, element in ipairs(record[key] or {}) do
      item.current = element
      if run(record) == wanted then
        return wanted
      end
    end
    return not wanted
  end
end

-- A field of the element that a lambda looks at: `x/partNumber`; nil when `x` is no variable.
function Parser:element_field(token)
  local variable, rest = token.value:match("^([^/]*)/(.*)$")
  local item = variable and self.variables[variable:lower()]
  if not item then
    return nil
  end
  local field = item.fields[rest:lower()]
  if not field then
    fail("could not find a property named '%s'", token.value)
  end
  local key = field.key
  return field.type, function()
    return item.current[key]
  end
end

function Parser:name(token)
  local word = token.value:lower()
  if word == "true" or word == "false" then
    return "boolean", constant(word == "true")
  elseif word == "null" then
    return "null", constant(nil)
  elseif self:peek().kind == "(" then
    local name, quantifier = word:match("^(.*)/(a[nl][yl])$")
    local list = name and self.fields[name]
    if list and list.type == "list" and (quantifier == "any" or quantifier == "all") then
      return self:lambda(list, quantifier)
    end
    return self:call(token)
  end
  local type_, run = self:element_field(token)
  if type_ then
    return type_, run
  end
  local field = self.fields[word]
  if not field then
    fail("could not find a property named '%s'", token.value)
  end
  local key = field.key
  return field.type, function(record)
    return record[key]
  end
end

function Parser:operand()
  local token = self:take()
  local kind = token.kind
  if kind == "(" then
    local type_, run = self:deeper(self.either)
    self:expect(")")
    return type_, run
  elseif kind == "name" then
    return self:name(token)
  elseif kind == "string" or kind == "number" or kind == "date" or kind == "guid" then
    return kind, constant(token.value)
  end
  fail("syntax error at position %d: '%s' was not expected", token.at - 1, tostring(token.value))
end

-- `field in ('a', 'b')`
function Parser:membership(type_, run)
  self:expect("(")
  local wanted = {}
  repeat
    local item_type, item = self:deeper(self.operand)
    if item_type ~= type_ then
      fail("the items of 'in' must be of type %s", type_)
    end
    local value = item({})
    if value == nil then
      fail("the items of 'in' must be literals")
    end
    wanted[value] = true
    local token = self:take()
    if token.kind ~= "," and token.kind ~= ")" then
      fail("')' or ',' expected at position %d", token.at - 1)
    end
  until token.kind == ")"
  return "boolean", function(record)
    local value = run(record)
    return value ~= nil and wanted[value] == true
  end
end

local function equality(operator, left, right)
  local wanted = operator == "eq"
  return function(record)
    return (left(record) == right(record)) == wanted
  end
end

function Parser:comparison()
  local type_, left = self:operand()
  local token = self:peek()
  local operator = token.kind == "name" and token.value:lower()
  local order = ORDER[operator]
  if operator == "in" then
    self:take()
    return self:membership(type_, left)
  elseif not order and operator ~= "eq" and operator ~= "ne" then
    return type_, left
  end
  self:take()
  local other, right = self:operand()
  local either_null = type_ == "null" or other == "null"
  if type_ ~= other and not (either_null and not order) then
    fail("incompatible types for operator '%s': %s and %s", operator, type_, other)
  end
  if not order then
    return "boolean", equality(operator, left, right)
  end
  return "boolean", function(record)
    local a, b = left(record), right(record)
    return a ~= nil and b ~= nil and order(a, b)
  end
end

local function check_boolean(type_, word)
  if type_ ~= "boolean" then
    fail("'%s' takes conditions, not a value of type %s", word, type_)
  end
end

function Parser:negation()
  if not self:is_word("not") then
    return self:comparison()
  end
  self:take()
  local type_, run = self:deeper(self.negation)
  check_boolean(type_, "not")
  return "boolean", function(record)
    return not run(record)
  end
end

function Parser:both()
  local type_, run = self:negation()
  while self:is_word("and") do
    self:take()
    local left = run
    local other, right = self:negation()
    check_boolean(type_, "and")
    check_boolean(other, "and")
    run = function(record)
      return left(record) and right(record)
    end
  end
  return type_, run
end

function Parser:either()
  local type_, run = self:both()
  while self:is_word("or") do
    self:take()
    local left = run
    local other, right = self:both()
    check_boolean(type_, "or")
    check_boolean(other, "or")
    run = function(record)
      return left(record) or right(record)
    end
  end
  return type_, run
end

--- Compiles a filter.
---@param text string
---@param fields table<string, { key: string, type: string, fields: table|nil }> by name in
---  lower case; of type "list" is a list of records, with `fields` of its own
---@return fun(record: table): boolean|nil run, string|nil problem
function M.compile(text, fields)
  local tokens, problem = lexer.read(text)
  if not tokens then
    return nil, problem
  end
  local parser = setmetatable({
    tokens = tokens, next = 1, fields = fields, variables = {}, depth = 0,
  }, Parser)
  local ok, type_, run = pcall(function()
    local kind, compiled = parser:either()
    parser:expect("end")
    check_boolean(kind, "$filter")
    return kind, compiled
  end)
  if ok then
    return run
  elseif type(type_) == "table" and type_.problem then
    return nil, type_.problem
  end
  error(type_, 0)
end

return M
