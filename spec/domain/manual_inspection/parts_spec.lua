-- client.manual_inspection: relations, sequences, XAML and the rest.

local boxed = require("spec.support.boxed")
local json = require("wats.json")
local support = require("spec.support.client")

local blamed = support.blamed
local NONE = "00000000-0000-0000-0000-000000000000"

describe("client.manual_inspection", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, mi, id

  local function made(name)
    return assert(mi:create_definition(name)).TestSequenceDefinitionId
  end

  local function relate(definition_id, value)
    return assert(mi:create_relation(definition_id, { EntitySchema = "product",
      EntityName = "product", EntityKey = "partnumber", EntityValue = value }))
  end

  local function release(definition_id)
    assert(mi:move_to_pending(definition_id))
    assert(mi:release_inspection(definition_id))
  end

  before_each(function()
    client = box.client
    mi = client.manual_inspection
    id = made("Board")
  end)

  describe("relations", function()
    it("are added, read, changed and taken away", function()
      local given = { EntitySchema = "product", EntityName = "product", EntityValue = "PCBA-%" }
      local relation = assert(mi:create_relation(id, given))
      assert.is_nil(given.TestSequenceDefinitionId)
      assert.same({ id, "PCBA-%", 1 }, { relation.TestSequenceDefinitionId, relation.EntityValue,
        relation.Status })
      assert.same({ relation }, mi:get_relations(id))
      relation.EntityValue = "O'Brien/#1?ø"
      assert.equal("O'Brien/#1?ø", assert(mi:update_relation(relation)).EntityValue)
      assert.equal("O'Brien/#1?ø", mi:list_relations(id)[1].EntityValue)
      assert(mi:delete_relation(relation.TestSequenceRelationId))
      local none = assert(mi:get_relations(id))
      assert.equal("[]", json.encode(none))
    end)

    it("are taken away many at once, or none", function()
      local a, b, c = relate(id, "A"), relate(id, "B"), relate(id, "C")
      local done, err = mi:delete_relation { a.TestSequenceRelationId, NONE }
      assert.is_nil(done)
      assert.equal("not_found", err.kind)
      assert.equal(3, #mi:get_relations(id))
      assert(mi:delete_relation { a.TestSequenceRelationId, b.TestSequenceRelationId })
      assert(mi:delete_relation(c))
      assert.equal(0, #mi:get_relations(id))
    end)

    it("are not shown from before a write", function()
      local keep = { cache = { ttl = 60 } }
      assert.equal(0, #mi:get_relations(id, keep))
      local relation = relate(id, "A")
      assert.equal(1, #mi:get_relations(id, keep))
      relation.EntityValue = "B"
      assert(mi:update_relation(relation))
      assert.equal("B", mi:get_relations(id, keep)[1].EntityValue)
      assert(mi:delete_relation(relation))
      assert.equal(0, #mi:get_relations(id, keep))
    end)

    it("have the server's reason where it refuses", function()
      local bad = { EntitySchema = "product", EntityName = "product", Status = "on" }
      local value, err = mi:create_relation(id, bad)
      assert.is_nil(value)
      assert.equal("invalid", err.kind)
      local good = { EntitySchema = "product", EntityName = "product" }
      assert.equal("not_found", select(2, mi:create_relation(NONE, good)).kind)
      assert.equal("not_found", select(2, mi:get_relations(NONE)).kind)
      good.TestSequenceRelationId = NONE
      assert.equal("not_found", select(2, mi:update_relation(good)).kind)
      release(id)
      assert(mi:revoke_inspection(id))
      good.TestSequenceRelationId = nil
      assert.matches("revoked", select(2, mi:create_relation(id, good)).message)
    end)

    it("tell which others are meant for the same", function()
      local other, third = made("Other"), made("Third")
      relate(id, "PCBA-1%")
      relate(other, "pcba-10")
      local relation = relate(other, "PCBA-%")
      relate(third, "PSU-%")
      release(third)
      assert.same({}, mi:get_relation_conflicts(id))
      release(other)
      assert.same({ { id = other, name = "Other", version = 1 } }, mi:get_relation_conflicts(id))
      local old = assert(mi:get_relation_conflicts_old(id))
      assert.same({ 2, relation.TestSequenceRelationId },
        { #old, old[2].TestSequenceRelationId })
      for _, name in ipairs { "get_relation_conflicts", "get_relation_conflicts_old" } do
        assert.equal("not_found", select(2, mi[name](mi, NONE)).kind)
        assert.matches("^manual_inspection:" .. name .. ": .*missing",
          blamed(function() mi[name](mi) end))
      end
    end)

    it("that are none raise at the caller's line", function()
      local where = "manual_inspection:create_relation: "
      local function wrong(...)
        local arguments = table.pack(...)
        return blamed(function() mi:create_relation(table.unpack(arguments, 1, arguments.n)) end)
      end
      assert.equal(where .. "definition_id: a string that is not empty expected, got nil", wrong())
      assert.equal(where .. "relation: a table expected, got nil", wrong("x"))
      assert.equal(where .. "EntitySchema: a string that is not empty expected, got nil",
        wrong("x", {}))
      assert.matches('EntityName: .*got ""$', wrong("x", { EntitySchema = "p", EntityName = "" }))
      assert.matches("update_relation", wrong("x", { EntitySchema = "p", EntityName = "p",
        TestSequenceRelationId = NONE }))
      assert.equal("manual_inspection:update_relation: TestSequenceRelationId: a string that is "
        .. "not empty expected, got nil", blamed(function() mi:update_relation {} end))
      where = "manual_inspection:delete_relation: an id or a list of ids expected, got "
      assert.equal(where .. "nil", blamed(function() mi:delete_relation() end))
      assert.equal(where .. "an empty list", blamed(function() mi:delete_relation {} end))
      assert.equal(where .. '""', blamed(function() mi:delete_relation("") end))
      assert.equal(where .. "number", blamed(function() mi:delete_relation { NONE, 5 } end))
      assert.equal(where .. "a table that is no list", -- not the first alone
        blamed(function() mi:delete_relation { [1] = NONE, [3] = NONE } end))
    end)
  end)

  describe("sequences", function()
    local unit = { serial_number = "A/B #1?x ø", part_number = "PCBA-100", revision = "O'Brien" }

    it("are those released for the product", function()
      relate(id, "pcba-%")
      assert.same({}, mi:get_sequences(unit))
      release(id)
      assert.same({ { TestSequenceDefinitionId = id, Name = "Board", Version = 1, Status = 2 } },
        mi:get_sequences(unit))
      assert.same({}, mi:list_sequences { serial_number = "1", part_number = "PSU" })
      assert.same({}, mi:get_sequences { serial_number = "1", part_number = "PCBA-1",
        status = "pending", station_name = "S", batch_number = "B" })
    end)

    it("may be asked for by the status of their definition", function()
      relate(id, "%")
      for _, status in ipairs { 0, "draft" } do
        assert.equal(1, #assert(mi:get_sequences { serial_number = "1", part_number = "x",
          status = status }))
      end
    end)

    it("are asked for by all that is given, and by nothing where none is", function()
      local function query(asked)
        local trace = client:capture(function() assert(mi:get_sequences(asked)) end)
        return trace[1].url:match("%?(.*)$")
      end
      local all = { serial_number = "S", part_number = "P", revision = "R", batch_number = "B 1",
        station_name = "T", status = "revoked" }
      assert.equal("batchNumber=B%201&partNumber=P&revision=R&serialNumber=S&stationName=T"
        .. "&status=3", query(all))
      assert.equal("batchNumber=&partNumber=P&revision=&serialNumber=S",
        query { serial_number = "S", part_number = "P" })
    end)

    it("have details by two routes, and XAML with the name of who sends it", function()
      local function path(call)
        return client:capture(call)[1].url:match("ManualInspection/(.*)$")
      end
      assert.equal("GetMiDetailsNew/" .. id, path(function() mi:get_mi_details(id) end))
      assert.equal("GetMiDetails/" .. id, path(function() mi:get_mi_details_old(id) end))
      assert.equal("GetRelationConflictsNew/" .. id,
        path(function() mi:get_relation_conflicts(id) end))
      assert.equal("PutTestSequenceDefinitionXaml?definitionId=" .. id .. "&username=kari",
        path(function() mi:put_xaml(id, "<a/>", "kari") end))
    end)

    it("of no unit raise at the caller's line", function()
      local where = "^manual_inspection:get_sequences: "
      assert.matches(where .. 'option "%w+_%w+" is missing',
        blamed(function() mi:get_sequences() end))
      assert.matches(where .. 'unknown option "partNumber" %(did you mean "part_number"',
        blamed(function() mi:get_sequences { partNumber = "x" } end))
      local wrong = { serial_number = "1", part_number = "x", status = "release" }
      assert.matches(where .. 'status: one of .*did you mean "released"',
        blamed(function() mi:get_sequences(wrong) end))
    end)

    it("are sent with their steps, and counted when they are submitted", function()
      local steps = { { definitionId = id, id = 1, name = "Look", result = 1 } }
      local instance = assert(mi:update_sequence(steps))
      assert.equal(0, mi:get_instances_count(id))
      assert(mi:update_sequence(steps, { submit = true, return_root_sequence = true }))
      local count = assert(mi:get_instances_count(id))
      assert.equal("integer", math.type(count))
      assert.equal(1, count)
      local details = assert(mi:get_mi_details(instance.TestSequenceInstanceId))
      assert.equal(id, details.TestSequenceDefinitionId)
      assert.same(details, mi:get_mi_details_old(instance.TestSequenceInstanceId))
      assert.equal("not_found", select(2, mi:get_mi_details(NONE)).kind)
      assert.equal("not_found", select(2, mi:get_mi_details_old(NONE)).kind)
      assert.equal("not_found", select(2, mi:update_sequence { { definitionId = NONE } }).kind)
      assert.equal("invalid", select(2, mi:update_sequence {}).kind)
    end)

    it("are counted by a number, and by nothing else", function()
      local function answer(body)
        assert(box.sandbox:fault { path = "/api/internal/ManualInspection/GetInstancesCount/*",
          status = 200, body = body, headers = { ["Content-Type"] = "application/json" } })
      end
      answer("7.0")
      local seven = mi:get_instances_count(id)
      assert.equal("integer", math.type(seven))
      assert.equal(7, seven)
      for _, body in ipairs { "", "true", "{}", "[3]", '"many"', "1.5" } do
        answer(body)
        local count, err = mi:get_instances_count(id)
        assert.is_nil(count)
        assert.equal("decode", err.kind, body)
      end
    end)

    it("are not sent twice: the report would be", function()
      client = support.connect(box, { retry = { max_attempts = 3, base_delay = 0.001 } })
      assert(box.sandbox:fault { method = "PUT", drop = "after" })
      local answer, err = client.manual_inspection:update_sequence(
        { { definitionId = id, id = 1 } }, { submit = true })
      assert.is_nil(answer)
      assert.equal("connection", err.kind)
      assert.equal(1, mi:get_instances_count(id))
    end)

    it("that are none raise at the caller's line", function()
      local where = "^manual_inspection:update_sequence: "
      local list = where .. "steps: a list of steps expected, got "
      assert.matches(list .. "nil", blamed(function() mi:update_sequence() end))
      assert.matches(list .. "a table that is none",
        blamed(function() mi:update_sequence { definitionId = id } end))
      assert.matches(list, blamed(function() -- not the first alone
        mi:update_sequence { [1] = { definitionId = id }, [3] = { definitionId = id } }
      end))
      assert.matches(where .. "steps%[2%]: a table expected, got string",
        blamed(function() mi:update_sequence { { definitionId = id }, "x" } end))
      assert.matches(where .. 'unknown option "Submit" %(did you mean "submit"',
        blamed(function() mi:update_sequence({}, { Submit = true }) end))
      assert.matches("^manual_inspection:put_string_test: step: a table expected",
        blamed(function() mi:put_string_test("x") end))
    end)

    it("take the answer to a step that asks for text", function()
      local step = assert(mi:put_string_test { definitionId = id, id = 2, comment = "O'Brien ø" })
      assert.equal("O'Brien ø", step.comment)
      assert(box.sandbox:fault { method = "PUT", status = 403 })
      assert.equal("auth", select(2, mi:put_string_test { id = 2 }).kind)
    end)
  end)

  describe("XAML", function()
    it("is text, whatever is in it, and read back as it was", function()
      local keep = { cache = { ttl = 60 } }
      for _, xaml in ipairs { "<A b='\"c\"\\'>ø\n</A>", "", "null" } do
        assert(mi:put_xaml(id, xaml, "kari & co"))
        assert.equal(xaml, assert(mi:get_xaml(id, keep)).Definition)
        local content = assert(mi:get_wwf_content(id, keep))
        assert.equal(xaml, content)
      end
      assert.equal("kari & co", mi:get_definition(id).ModifiedBy)
      for _, name in ipairs { "get_xaml", "get_wwf_content" } do
        assert.equal("not_found", select(2, mi[name](mi, NONE)).kind)
        assert.matches("^manual_inspection:" .. name .. ": .*missing",
          blamed(function() mi[name](mi) end))
      end
      assert.equal("not_found", select(2, mi:put_xaml(NONE, "<x/>")).kind)
      assert.equal("manual_inspection:put_xaml: xaml: string expected, got table",
        blamed(function() mi:put_xaml(id, { Definition = "<x/>" }) end))
      assert.matches("^manual_inspection:put_xaml: .*definitionId.* missing",
        blamed(function() mi:put_xaml(nil, "<x/>") end))
    end)
  end)

  describe("validate_misc_info", function()
    it("asks whether a value fits, and changes nothing", function()
      local function valid(regex, value)
        return assert(mi:validate_misc_info { name = "n", regex = regex, value = value }).isValid
      end
      assert.is_true(valid("^\\d\\d$", "12"))
      assert.is_false(valid("^\\d\\d$", "1x"))
      assert.is_true(valid(nil, ""))
      assert.is_false(valid("^(a|b)$", ""))
      assert(mi:get_definition(id, { cache = { ttl = 60 } }))
      local before = #assert(box.sandbox:journal())
      assert.is_true(valid("^[A-Z]+$", "ABC"))
      assert(mi:get_definition(id, { cache = { ttl = 60 } }))
      assert.equal(before + 1, #assert(box.sandbox:journal()))
      assert.equal("manual_inspection:validate_misc_info: info: a table expected, got nil",
        blamed(function() mi:validate_misc_info() end))
      assert(box.sandbox:fault { method = "PUT", status = 400, body = '{"Message":"no"}' })
      assert.equal("no", select(2, mi:validate_misc_info { value = "x" }).message)
    end)
  end)
end)
