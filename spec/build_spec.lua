-- The ways to build and install: Makefile and rockspec agree, and what each of
-- them installs works from anywhere.

local helper = dofile("spec/tools/helper.lua")
local sh, quoted, bare = helper.sh, helper.quoted, helper.bare

local ROCKSPEC = "rockspec/wats-scm-1.rockspec"
local LOAD = [[ -e "print(require('wats.core').version)"]]

local function rockspec()
  local spec = {}
  assert(loadfile(ROCKSPEC, "t", spec))()
  return spec
end

describe("the rockspec", function()
  it("lists the sources that the Makefile compiles", function()
    local ok, output = sh(bare() .. "make -s print-sources")
    assert.is_true(ok, output)
    local listed, compiled = rockspec().build.modules["wats.core"].sources, {}
    for path in output:gmatch("%S+") do
      compiled[#compiled + 1] = path
    end
    table.sort(compiled)
    table.sort(listed)
    assert.same(compiled, listed)
  end)

  it("lists every Lua module, and is what `make rockspec` writes", function()
    local expected = dofile("tools/rockspec.lua").text()
    local file = assert(io.open(ROCKSPEC))
    local text = file:read("a")
    file:close()
    assert.is_true(expected == text, ROCKSPEC .. " is not up to date: run make rockspec")
  end)
end)

describe("installing", function()
  local directory

  before_each(function() directory = helper.directory() end)
  after_each(function() helper.remove(directory) end)

  -- Loads from the installed tree, away from the checkout.
  local function load_from(tree)
    local paths = ("LUA_PATH=%s LUA_CPATH=%s"):format(
      quoted(tree .. "/share/lua/5.4/?.lua;" .. tree .. "/share/lua/5.4/?/init.lua;;"),
      quoted(tree .. "/lib/lua/5.4/?.so;;"))
    return sh(("cd / && %s %s sh -c %s"):format(bare(), paths, quoted('exec "$LUA"' .. LOAD)))
  end

  it("below PREFIX gives modules and a program that work from anywhere", function()
    local prefix = directory .. "/a prefix"
    local ok, output = sh(bare() .. "make -s install PREFIX=" .. quoted(prefix))
    assert.is_true(ok, output)
    ok, output = load_from(prefix)
    assert.is_true(ok, output)
    assert.matches("^%d+%.%d+%.%d+\n$", output)
    if io.open("bin/wats") then
      ok, output = sh(("cd / && %s %s --help"):format(bare(), quoted(prefix .. "/bin/wats")))
      assert.is_true(ok, output)
    end
  end)

  it("below DESTDIR keeps PREFIX as the place it will have", function()
    local ok, output = sh(
      bare() .. "make -s install PREFIX=/opt/wats DESTDIR=" .. quoted(directory))
    assert.is_true(ok, output)
    assert.is_true(load_from(directory .. "/opt/wats"))
    assert.is_false((sh("grep -rl " .. quoted(directory) .. " " .. quoted(directory .. "/opt"))))
  end)

  it("by LuaRocks works offline", function()
    if not helper.has("luarocks") then
      pending("luarocks is absent (make deps-full)")
      return
    end
    -- LuaRocks leaves its objects in the tree that it builds.
    local source, tree = directory .. "/source", directory .. "/tree"
    local parts = io.open("bin/wats") and " bin" or ""
    local ok, output = sh(("mkdir %s && cp -r csrc include lua rockspec%s %s"):format(
      source, parts, source))
    assert.is_true(ok, output)
    helper.write(directory .. "/config.lua",
      'rocks_provided = { ["lua-cjson"] = "2.1.0-1", argparse = "0.7.1-1", '
        .. 'luafilesystem = "1.8.0-1", luaexpat = "1.5.1-1" }\n')
    ok, output = sh(("cd %s && %s HOME=%s LUAROCKS_CONFIG=%s/config.lua luarocks --lua-version=5.4"
      .. " --tree=%s make %s"):format(source, bare(), directory, directory, tree, ROCKSPEC))
    assert.is_true(ok, output)
    ok, output = load_from(tree)
    assert.is_true(ok, output)
    assert.matches("^%d+%.%d+%.%d+\n$", output)
  end)
end)
