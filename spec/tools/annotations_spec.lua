-- What the check of annotations finds, and what it lets pass.

package.path = "./tools/?.lua;" .. package.path
local annotations = require("lint.annotations")
local types = require("lint.types")

describe("the reader of types", function()
  it("takes what LuaCATS knows, and says what comes after it", function()
    for text, expected in pairs {
      ["string"] = { "string" }, ["wats.Unit[]|nil units"] = { "wats.Unit", "nil", "units" },
      ["table<string, integer[]>? x"] = { "table", "string", "integer", "x" },
      ["fun(a: string, b?: wats.X, ...): boolean, string? rest"] =
        { "string", "wats.X", "boolean", "string", "rest" },
      ["fun()"] = {}, ["fun(): any, ..."] = { "any" }, ["fun(): ok: boolean, n: integer"] =
        { "boolean", "integer" },
      ["{ a: string, [integer]: X, b?: Y }[]"] = { "string", "integer", "X", "Y" },
      ['"a"|\'b\'|1|-2.5'] = {}, ["(A|B)[]"] = { "A", "B" }, ["...any"] = { "any" },
      ["`T`"] = {}, ["A | B text"] = { "A", "B", "text" }, ["file*"] = { "file*" },
    } do
      local names, rest = types.read(text)
      names = assert(names, text)
      if rest ~= "" then names[#names + 1] = rest end
      assert.same(expected, names, text)
    end
  end)

  it("says what is wrong, and whether more might have helped", function()
    for text, ended in pairs { ["fun(a: string"] = true, ["A|"] = true, ["table<A"] = true,
      ["[A]"] = false, ["(A"] = true, ["{ a b }"] = false, [""] = true, ["A|)"] = false } do
      local names, problem, more = types.read(text)
      assert.is_nil(names, text)
      assert.is_string(problem)
      assert.equal(ended, more, text)
    end
  end)
end)

describe("the check of annotations", function()
  local function check(texts, service)
    return annotations.check(texts, function(name) return name == service end)
  end

  it("wants every type to be defined somewhere", function()
    local text = [[
---@class wats.A: wats.B, wats.C
---@field one wats.A[]
---@field private two table<string, wats.D>
---@field ["three"] wats.E
---@alias wats.F "x"|wats.G
---@alias wats.H
---| "a"
---| wats.I
---@param a wats.J  what it is
---@param ... string
---@return wats.K? k, wats.L l
---@return fun(a: wats.M):
---  wats.N, string
---@type wats.O
---@overload fun(x: wats.P): integer
]]
    local missing = {}
    for _, complaint in ipairs(check { ["a.lua"] = text }) do
      local letter = complaint:match("^a%.lua:%d+: @%S+: wats%.(%u) is not defined$")
      missing[#missing + 1] = assert(letter, complaint)
    end
    assert.equal("BCDEGIJKLMNOP", table.concat(missing))
    local defined = "---@class wats.B\n---@class (exact) wats.C\n---@alias wats.D string\n"
    assert.equal(10, #check { ["a.lua"] = text, ["b.lua"] = defined })
  end)

  it("knows generics, and what is text", function()
    assert.same({}, check { ["a.lua"] = [[
---@class wats.List<T>
---@generic K, V: table
---@param list table<K, V>  wats.Nothing of this is a type
---@return V value  the one, or the other: any
---@class wats.C  no parent: only words
---@field package list string[]
---@field public string
]] })
  end)

  it("wants types that can be read", function()
    assert.same({ 'a.lua:1: @param: ] expected at "a]: b }"' },
      { (check { ["a.lua"] = "---@param x { [string a]: b }" })[1] })
    assert.same({ "a.lua:1: @param: no type: x" }, check { ["a.lua"] = "---@param x" })
    assert.equal(1, #check { ["a.lua"] = "---@return table<string" })
  end)

  it("wants methods of services to say what they take and return", function()
    local text = [[
---@class wats.S
local S = {}
-- GET /x
---@param a string
---@param opts? table
---@return boolean
function S:right(a, opts) return a == opts end
-- GET /x
---@param a string
function S:wrong(a,
  b, ...)
  return a, b, ...
end
function S:silent() end
local T = {}
function T:x() end
]]
    assert.same({ "s.lua:10: S:wrong: no @param b", "s.lua:10: S:wrong: no @param ...",
      "s.lua:10: S:wrong: no @return", "s.lua:15: T has methods, but no @class" },
      check({ ["s.lua"] = text }, "s.lua"))
    assert.same({}, check({ ["s.lua"] = text }, "t.lua"))
  end)

  it("finds the class of each service in the client's", function()
    local found = 0
    for name in io.popen("ls lua/wats/domain/*.lua"):lines() do
      local service = name:match("([%w_]+)%.lua$")
      local file <close> = assert(io.open(name))
      local text = file:read("a")
      local class = text:match("%-%-%-@class wats%.Client\n%-%-%-@field " .. service
        .. " (wats%.%w+)\n")
      assert.truthy(class, name)
      assert.truthy(text:find("@class " .. class .. "%f[^%w]"), name .. ": " .. class)
      found = found + 1
    end
    assert.is_true(found >= 4)
  end)

  it("finds nothing in ours", function()
    assert.same({}, annotations.run())
  end)
end)
