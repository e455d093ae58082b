-- The shell scripts that a newcomer meets first.

local helper = dofile("spec/tools/helper.lua")
local sh, quoted, bare = helper.sh, helper.quoted, helper.bare

describe("make shell-env", function()
  local directory, top

  before_each(function()
    directory = helper.directory()
    top = directory .. "/it's a $place"
    assert(sh(("mkdir -p %s/tools && cp tools/shell_env.sh %s/tools"):format(
      quoted(top), quoted(top))))
  end)
  after_each(function() helper.remove(directory) end)

  -- What `variable` is after the lines were evaluated under set -eu.
  local function after(settings, variable)
    local script = ('set -eu; eval "$(sh %s/tools/shell_env.sh)"; printf %%s "$%s"'):format(
      quoted(top), variable)
    local ok, output = sh(bare() .. settings .. " sh -c " .. quoted(script))
    assert.is_true(ok, output)
    return output
  end

  it("puts the checkout before Lua's defaults", function()
    assert.equal(top .. "/lua/?.lua;" .. top .. "/lua/?/init.lua;;", after("", "LUA_PATH"))
    assert.equal(top .. "/?.so;;", after("", "LUA_CPATH"))
  end)

  it("keeps what the user had set", function()
    assert.equal(top .. "/?.so;/mine/?.so", after("LUA_CPATH='/mine/?.so'", "LUA_CPATH"))
    assert.equal(top .. "/lua/?.lua;" .. top .. "/lua/?/init.lua;/x;;",
      after("LUA_PATH='/x;;'", "LUA_PATH"))
    assert.equal(top .. "/bin:/usr/bin:/bin", after("PATH=/usr/bin:/bin", "PATH"))
  end)

  it("sets the versioned variables only where they would win", function()
    assert.equal("none", after("", "{LUA_PATH_5_4-none}"))
    assert.equal(top .. "/?.so;/mine/?.so",
      after("LUA_CPATH_5_4='/mine/?.so'", "LUA_CPATH_5_4"))
  end)

  it("works through make", function()
    local ok, output = sh(bare() .. [[sh -euc 'eval "$(make -s shell-env)"; cd /
      $LUA -e "print(package.path)"']])
    assert.is_true(ok, output)
    assert.matches("^/[^;]*/lua/%?%.lua;.*/usr/", output)
  end)
end)

describe("make deps", function()
  local directory

  before_each(function() directory = helper.directory() end)
  after_each(function() helper.remove(directory) end)

  it("says nothing when nothing is missing", function()
    assert.same({ true, "" }, { sh(bare() .. "sh tools/deps.sh") })
  end)

  -- A system without Debian's tools, compiler and Lua.
  local function elsewhere()
    for _, tool in ipairs({ "sh", "sed", "cut", "cat", "grep", "id", "make" }) do
      assert(sh(('ln -s "$(command -v %s)" %s/%s'):format(tool, directory, tool)))
    end
    return "env -i PATH=" .. quoted(directory) .. " LUA=no-lua CC=no-cc "
  end

  it("prints what is needed on a system that it does not know, and stops", function()
    -- The script itself adds the directories of system programs to PATH.
    local ok, output = sh(elsewhere() .. "sh tools/deps.sh")
    assert.is_false(ok)
    assert.matches("Lua 5.4 +Debian: lua5.4 +else: brew install lua@5.4", output)
    assert.matches("libcurl4%-openssl%-dev", output)
    assert.matches("luarocks install busted", output)
  end)
end)

describe("configuring", function()
  local function configure(settings)
    return sh(bare() .. settings .. " WITHOUT= KEY= sh tools/configure.sh")
  end

  it("writes make variables when all is there", function()
    local ok, output = configure("CC=cc")
    assert.is_true(ok, output)
    assert.matches("LIBS := .*%-lcurl", output)
  end)

  it("says in one line that the compiler is missing", function()
    local ok, output = configure("CC=no-such-compiler")
    assert.is_false(ok)
    assert.matches("^wats: no working C compiler %(no%-such%-compiler%)[^\n]*\n$", output)
  end)

  it("says in one line that Lua is missing or of another version", function()
    local ok, output = configure("CC=cc LUA=no-such-lua")
    assert.is_false(ok)
    assert.matches("^wats: Lua is missing[^\n]*\n$", output)
    ok, output = configure("CC=cc LUA=true")
    assert.is_false(ok)
    assert.matches("^wats: true is not Lua[^\n]*\n$", output)
  end)

  it("says in one line each which headers are missing", function()
    -- A compiler that knows no directory of headers but its own.
    local ok, output = configure("CC='cc -nostdinc'")
    assert.is_false(ok)
    assert.matches("wats: libcurl is missing %(no <curl/curl.h>%): Debian package [^\n]*\n", output)
    for line in output:gmatch("[^\n]+") do
      assert.matches("^wats: ", line)
    end
  end)
end)
