-- tools/weaken.lua changes what it says, or complains.

local weaken = dofile("tools/weaken.lua")

describe("weaken", function()
  it("changes each text once", function()
    assert.equal("int b = 3;", weaken.apply("int a = 2;", {
      { from = "a =", to = "b =" }, { from = "2", to = "3" } }))
  end)

  it("complains of what is not there, or not once", function()
    assert.has_error(function() weaken.apply("abc", { { from = "x", to = "" } }) end,
      "it is not there any more: x")
    assert.has_error(function() weaken.apply("aba", { { from = "a", to = "" } }) end,
      "it is there twice: a")
    assert.has_error(function() weaken.build("no such") end, "no such weakening: no such")
  end)

  it("applies each of its weakenings to the sources as they are", function()
    for name, files in pairs(weaken.LIST) do
      for path, changes in pairs(files) do
        local file = assert(io.open(path), path)
        local text = file:read("a")
        file:close()
        local ok, problem = pcall(weaken.apply, text, changes)
        assert.is_true(ok, name .. ": " .. tostring(problem))
      end
    end
  end)
end)
