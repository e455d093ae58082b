-- The sandbox's internal calls about relations of revisions.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")

describe("the sandbox's box builds", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)

  local BASE = "/api/internal/Product/"

  local function id_of(part_number, revision)
    return box:get_json(("/api/Product/%s/%s"):format(part_number, revision)).productRevisionId
  end

  local function send(method, name, record)
    local response = assert(box:request(method, BASE .. name, { json = record }))
    return response.status, cjson.decode(response.body)
  end

  local function post(parent, child, more)
    local relation = { ParentProductRevisionId = parent, ProductRevisionId = child }
    for name, value in pairs(more or {}) do relation[name] = value end
    return send("POST", "PostProductRevisionRelation", relation)
  end

  local function info(part_number, revision)
    return box:get_json(BASE .. "GetProductInfo" .. sandboxes.query { "partNumber", part_number,
      "revision", revision })
  end

  it("tell a hierarchy, deep first", function()
    local board, supply, radio = id_of("PCBA-100", "A"), id_of("PSU-24V-5A", "A"),
      id_of("RADIO-868", "C")
    assert.equal(200, (post(board, radio, { Quantity = 2, RevisionMask = "C%" })))
    local status, rows = post(supply, board)
    assert.equal(200, status)
    assert.same(rows, info("PSU-24V-5A", "A"))
    assert(post(supply, radio))
    local seen = {}
    for i, row in ipairs(info("PSU-24V-5A", "A")) do
      seen[i] = ("%d %s/%s"):format(row.hlevel, row.PartNumber, row.Revision)
    end
    assert.same({ "0 PSU-24V-5A/A", "1 PCBA-100/A", "2 RADIO-868/C", "1 RADIO-868/C" }, seen)
    local deep = info("PSU-24V-5A", "A")[3]
    assert.same({ board, radio, 2, "C%" }, { deep.ParentProductRevisionId, deep.ProductRevisionId,
      deep.Quantity, deep.RevisionMask })
    assert.equal(cjson.null, info("PSU-24V-5A", "A")[1].ProductRevisionRelationId)
  end)

  it("are changed and removed by the relation's id", function()
    local _, rows = post(id_of("PCBA-100", "A"), id_of("RADIO-868", "A"), { RevisionMask = "A" })
    local id = rows[2].ProductRevisionRelationId
    local status, relation = send("PUT", "PutProductRevisionRelation",
      { ProductRevisionRelationId = id:upper(), Quantity = 7 })
    assert.same({ 200, 7, "A" }, { status, relation.Quantity, relation.RevisionMask })
    _, relation = send("PUT", "PutProductRevisionRelation",
      { ProductRevisionRelationId = id, RevisionMask = cjson.null })
    assert.same({ 7, cjson.null }, { relation.Quantity, relation.RevisionMask })
    local path = "DeleteProductRevisionRelation?productRevisionRelationId=" .. id
    assert.equal(200, (send("DELETE", path)))
    assert.equal(404, (send("DELETE", path)))
    assert.equal(404, (send("PUT", "PutProductRevisionRelation",
      { ProductRevisionRelationId = id })))
    assert.equal(1, #info("PCBA-100", "A"))
  end)

  it("refuse what cannot be", function()
    local board, radio = id_of("PCBA-100", "A"), id_of("RADIO-868", "A")
    assert.equal(200, (post(board, radio)))
    for _, case in ipairs {
      { 409, board, radio }, { 400, board, board }, { 400, radio, board },
      { 404, board, "00000000-0000-0000-0000-000000000000" },
      { 404, "00000000-0000-0000-0000-000000000000", board },
      { 400, board, "x" }, { 400, board, nil },
      { 400, board, id_of("RADIO-868", "B"), { Quantity = 0 } },
      { 400, board, id_of("RADIO-868", "B"), { Quantity = 1.5 } },
      { 400, board, id_of("RADIO-868", "B"), { RevisionMask = 5 } },
    } do
      local status, answer = post(case[2], case[3], case[4])
      assert.equal(case[1], status)
      assert.is_string(answer.Message)
    end
    assert.equal(2, #info("PCBA-100", "A"))
    assert.equal(404, box:get(BASE .. "GetProductInfo?partNumber=PCBA-100&revision=Z").status)
    assert.equal(404, box:get(BASE .. "GetProductByPN?PN=none").status)
  end)

  it("show a product in full", function()
    local product = box:get_json(BASE .. "GetProductByPN?PN=RADIO-868")
    assert.same({ "RADIO-868", "Radio", 3 }, { product.PartNumber, product.Category,
      #product.ProductRevisions })
    assert.equal(id_of("RADIO-868", "A"), product.ProductRevisions[1].ProductRevisionId)
  end)
end)
