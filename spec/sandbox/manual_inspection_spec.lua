-- Manual inspection in the sandbox: the rules of a definition's life, on the wire.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")

describe("sandbox inspections", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)
  local BASE = "/api/internal/ManualInspection/"

  local function ask(method, path, body)
    local headers = { Referer = box.sandbox.url }
    local response = box:request(method, BASE .. path, { json = body, headers = headers })
    local ok, value = pcall(cjson.decode, response.body)
    return response.status, ok and value or response.body
  end

  local function add(name)
    local status, definition = ask("POST", "PostDefinition", { Name = name })
    assert.equal(200, status)
    return definition, definition.TestSequenceDefinitionId
  end

  it("have all members of their schema", function()
    local definition = add("A")
    assert.same({ 1, 0, false, cjson.null, 0, cjson.null }, { definition.Version, definition.Status,
      definition.IsGlobal, definition.Released, definition.InstancesCount, definition.XAML })
  end)

  it("move by the rules, and are edited as drafts only", function()
    local _, id = add("A")
    local function move(status)
      return (ask("PUT", "PutDefinitionNew", { id = id, name = "A", status = status }))
    end
    assert.equal(200, move(0))
    assert.equal(400, move(2))
    assert.equal(400, move(3))
    assert.equal(400, move(4))
    assert.equal(200, move(1))
    assert.equal(400, move(3))
    assert.equal(400, (ask("PUT", "PutDefinitionNew",
      { id = id, name = "A", description = "x" })))
    assert.equal(200, move(2))
    for status = 0, 1 do assert.equal(400, move(status)) end
    assert.equal(200, move(3))
    for status = 0, 2 do assert.equal(400, move(status)) end
    assert.equal(404, (ask("PUT", "PutDefinitionNew",
      { id = "00000000-0000-0000-0000-000000000000", name = "A" })))
    assert.equal(400, (ask("PUT", "PutDefinitionNew", { id = "x" })))
    assert.equal(400, (ask("PUT", "PutDefinitionNew", { name = "x" })))
  end)

  it("are changed as a whole: what is left out is gone", function()
    local _, id = add("A")
    assert.equal(200, (ask("PUT", "PutDefinitionNew", { id = id, name = "A", description = "x",
      logOperator = true, onFailRequireRepair = 2 })))
    local status, now = ask("PUT", "PutDefinitionNew", { id = id, name = "B" })
    assert.equal(200, status)
    assert.same({ "B", cjson.null, false, 0 },
      { now.Name, now.Description, now.LogOperator, now.OnFailRequireRepair })
    assert.equal(400, (ask("PUT", "PutDefinitionNew", { id = id, description = "x" })))
  end)

  it("do nothing of a change that is refused", function()
    local _, id = add("A")
    local status, answer = ask("PUT", "PutDefinitionNew",
      { id = id, name = "A", description = "x", logOperator = 5 })
    assert.equal(400, status)
    assert.truthy(answer.ModelState.logOperator)
    assert.equal(400, (ask("PUT", "PutDefinitionNew", { id = id, name = "A", status = 2,
      description = "x" })))
    local _, now = ask("GET", "GetTestSequenceDefinition?definitionId=" .. id)
    assert.same({ cjson.null, 0 }, { now.Description, now.Status })
  end)

  it("match values with % in them, whatever else is in them", function()
    local _, id = add("A")
    local function count(part_number)
      local _, list = ask("GET", "GetSequences" .. sandboxes.query { "serialNumber", "1",
        "partNumber", part_number, "revision", "", "batchNumber", "", "status", "0" })
      return #list
    end
    for value, fits in pairs {
      ["A%"] = { "AB", "a" }, ["%"] = { "", "x" }, ["A.B"] = { "a.b" }, ["%-1"] = { "x-1" },
      ["[x]%"] = { "[x]y" }, ["A%B%C"] = { "ABC", "A1B2C" }, ["ø%"] = { "ø1" },
    } do
      local _, relation = ask("POST", "PostRelation", { TestSequenceDefinitionId = id,
        EntitySchema = "product", EntityName = "product", EntityValue = value })
      for _, part in ipairs(fits) do assert.equal(1, count(part), value .. " " .. part) end
      assert.equal((value == "A%" or value == "%") and 1 or 0, count("AxB"), value)
      ask("PUT", "DeleteRelationNew", { relation.TestSequenceRelationId,
        relation.TestSequenceRelationId })
    end
  end)

  it("want the Referer, and what the table says", function()
    assert.equal(400, box:request("GET", BASE .. "GetSequences").status)
    local status, answer = ask("GET", "GetSequences?serialNumber=1")
    assert.equal(400, status)
    assert.truthy(answer.ModelState.partNumber)
    assert.equal(400, (ask("PUT", "DeleteRelationNew", { id = "x" })))
  end)
end)
