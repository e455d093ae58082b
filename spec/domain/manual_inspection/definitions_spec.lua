-- client.manual_inspection: definitions and their life.

local boxed = require("spec.support.boxed")
local json = require("wats.json")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")

local blamed = support.blamed
local NONE = "00000000-0000-0000-0000-000000000000"
local PREFIX = "/api/internal/ManualInspection/"

describe("client.manual_inspection", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, mi

  before_each(function()
    client = box.client
    mi = client.manual_inspection
  end)

  local function id_of(definition) return definition.TestSequenceDefinitionId end

  local function made(name, more)
    local record = { Name = name or "Board" }
    for key, value in pairs(more or {}) do record[key] = value end
    return assert(mi:create_definition(record))
  end

  local function released(name)
    local id = id_of(made(name))
    assert(mi:move_to_pending(id))
    return assert(mi:release_inspection(id))
  end

  describe("create_definition", function()
    it("adds a draft, and returns it as the server has it", function()
      local given = { Name = "A", Description = "d", OnFailRequireRepair = "required" }
      local definition = assert(mi:create_definition(given))
      assert.same({ Name = "A", Description = "d", OnFailRequireRepair = "required" }, given)
      assert.same({ "A", "d", 2, 1, mi.STATUSES.draft }, { definition.Name, definition.Description,
        definition.OnFailRequireRepair, definition.Version, definition.Status })
      assert.same(definition, mi:get_definition(id_of(definition)))
      assert.same(definition, mi:get_inspection(id_of(definition)))
    end)

    it("takes a name alone, of any characters; of one that is there: the next version", function()
      for _, name in ipairs { "A/B #1?x", "O'Brien", "ø" } do
        assert.equal(name, assert(mi:create_definition(name)).Name)
        assert.equal(2, assert(mi:create_inspection(name)).Version)
      end
    end)

    it("may have steps to begin with, and answer in the other form", function()
      local definition = assert(mi:create_definition("A", { query = { createDefaultXaml = true } }))
      assert.matches("<Sequence/>", assert(mi:get_xaml(id_of(definition))).Definition)
      local entity = assert(mi:create_definition("A",
        { query = { returnAsProductionManagerEntity = true } }))
      assert.same({ "A", 2, 0 }, { entity.name, entity.version, entity.status })
      assert.is_nil(mi:get_xaml(entity.id).Definition)
    end)

    it("has the server's reason where it refuses", function()
      local definition, err = mi:create_definition { Name = "A", IsGlobal = "yes" }
      assert.is_nil(definition)
      assert.same({ "invalid", 400, "POST" }, { err.kind, err.status, err.method })
      assert.matches("IsGlobal", err.message)
    end)

    it("is not sent again when it fails", function()
      client = support.connect(box, { retry = { max_attempts = 3, base_delay = 0.001 } })
      assert(box.sandbox:fault { method = "POST", status = 503, times = 2 })
      assert.equal("server", select(2, client.manual_inspection:create_definition("A")).kind)
      assert.equal(1, #assert(box.sandbox:journal()))
    end)

    it("raises at the caller's line for what is no new definition", function()
      for _, name in ipairs { "create_definition", "create_inspection" } do
        local where = "manual_inspection:" .. name .. ": "
        local function wrong(value) return blamed(function() mi[name](mi, value) end) end
        assert.equal(where .. "definition: a table expected, got nil", wrong(nil))
        assert.equal(where .. "Name: a string that is not empty expected, got nil", wrong {})
        assert.equal(where .. 'Name: a string that is not empty expected, got ""', wrong "")
        assert.matches("update_definition", wrong { Name = "A", TestSequenceDefinitionId = NONE })
        assert.matches('OnFailRequireRepair: one of disabled, optional, required expected, got '
          .. '"require" %(did you mean "required"', wrong { Name = "A",
            OnFailRequireRepair = "require" })
      end
    end)
  end)

  describe("definitions", function()
    it("are listed, the global ones apart", function()
      made("A")
      made("B", { IsGlobal = true })
      local list = assert(mi:get_definitions())
      assert.same({ 1, "A" }, { #list, list[1].Name })
      list = assert(mi:list_definitions(true))
      assert.same({ 1, "B" }, { #list, list[1].Name })
      assert.matches("^manual_inspection:get_definitions: .*isGlobalDefinitions.* must be boolean",
        blamed(function() mi:get_definitions("yes") end))
      assert(box.sandbox:reset())
      assert.is_true(json.is_array(mi:get_definitions()))
    end)

    it("have not_found for what is not there, and no id raises", function()
      for _, name in ipairs { "get_definition", "get_inspection", "copy_definition",
        "copy_inspection", "get_instances_count", "move_to_pending", "move_to_draft",
        "release_inspection", "revoke_inspection" } do
        local value, err = mi[name](mi, NONE)
        assert.is_nil(value, name)
        assert.same({ "not_found", 404 }, { err.kind, err.status }, name)
        for _, id in ipairs { "A/B #1?x", "ø" } do
          assert.matches("must be uuid", blamed(function() mi[name](mi, id) end))
        end
        assert.matches("^manual_inspection:" .. name .. ": .*missing",
          blamed(function() mi[name](mi) end))
      end
      assert.equal("not_found", select(2, mi:update_definition(NONE, { Name = "x" })).kind)
      assert.equal("not_found", select(2, mi:put_definition { id = NONE, name = "x" }).kind)
    end)

    it("are copied: the next version, a draft with what hangs on the first", function()
      local first = made("A", { Description = "d" })
      assert(mi:put_xaml(id_of(first), "<x/>"))
      assert(mi:create_relation(id_of(first), { EntitySchema = "product", EntityName = "product" }))
      assert(mi:move_to_pending(id_of(first)))
      local copy = assert(mi:copy_definition(id_of(first)))
      assert.same({ "A", "d", 2, 0 }, { copy.Name, copy.Description, copy.Version, copy.Status })
      assert.not_equal(id_of(first), id_of(copy))
      assert.equal("<x/>", mi:get_xaml(id_of(copy)).Definition)
      assert.equal(1, #mi:get_relations(id_of(copy)))
      assert.equal(3, assert(mi:copy_inspection(id_of(copy))).Version)
    end)

    it("are copied once, even where a GET is sent again or comes from the cache", function()
      client = support.connect(box, { retry = { max_attempts = 3, base_delay = 0.001 } })
      mi = client.manual_inspection
      local id = id_of(made("A"))
      assert(box.sandbox:fault { path = PREFIX .. "GetDefinitionCopy/" .. id, drop = "after" })
      assert.equal("connection", select(2, mi:copy_definition(id)).kind)
      assert.equal(2, #mi:get_definitions())
      assert(mi:copy_definition(id, { cache = { ttl = 60 } }))
      assert(mi:copy_definition(id, { cache = { ttl = 60 } }))
      assert.equal(4, #mi:get_definitions())
    end)
  end)

  describe("update_definition", function()
    it("changes what it is given and keeps the rest", function()
      local id = id_of(made("A", { Description = "d", LogOperator = true,
        OnFailRequireRepair = 1 }))
      local changed = assert(mi:update_definition(id, { Description = "new", LogOperator = false,
        OnFailRequireRepair = "required" }))
      assert.same({ "A", "new", false, 2 }, { changed.Name, changed.Description,
        changed.LogOperator, changed.OnFailRequireRepair })
      assert.same(changed, mi:get_definition(id))
      assert.equal(1, assert(mi:update_definition(id, { Status = "pending" })).Status)
    end)

    it("sends the server's own form for changes", function()
      local id = id_of(made("A"))
      assert(mi:put_definition { id = id, name = "B" })
      assert.equal("B", mi:get_definition(id).Name)
      assert.equal("manual_inspection:put_definition: id: string expected, got nil",
        blamed(function() mi:put_definition { name = "B" } end))
      assert.matches("entity: a table expected",
        blamed(function() mi:put_definition("B") end))
    end)

    it("reads what is there now, not what a cache had", function()
      local id = id_of(made("A"))
      local keep = { cache = { ttl = 60 } }
      assert(mi:get_definition(id, keep))
      local other = support.connect(box).manual_inspection
      assert(other:update_definition(id, { Description = "by another" }))
      assert(mi:update_definition(id, { LogOperator = true }, keep))
      local now = assert(mi:get_definition(id, keep))
      assert.same({ "by another", true }, { now.Description, now.LogOperator })
    end)

    it("sends all that it read, by the names of the other form", function()
      local definition = { TestSequenceDefinitionId = NONE, VirtualFolderId = "f", Name = "A",
        Description = "d", Status = 1, Version = 3, Created = "c1", CreatedBy = "c2",
        Released = "r1", ReleasedBy = "r2", Revoked = "k1", RevokedBy = "k2", Modified = "m1",
        ModifiedBy = "m2", RepairProcessId = "p", IsGlobal = true, AddChildUnits = true,
        IncludeUURMiscInfoInUUT = true, LoadPreviousMiscInfo = false, OnFailRequireSubmit = true,
        OnFailRequireRepair = 2, LogOperator = true, LogDescription = true,
        CreateUnsubmittedReportOnFailedStep = false, InstancesCount = 7,
        Relations = { { EntityValue = "x" } } }
      local server = raw_servers.start(raw_servers.always(raw_servers.answer(200,
        json.encode(definition), { "Content-Type: application/json" })))
      local other = support.connect(server).manual_inspection
      local done, err = other:update_definition(NONE, { Description = "new", IsGlobal = false })
      local sent = server:last().body
      server:stop()
      assert(done, err)
      assert.same({ id = NONE, parentId = "f", name = "A", description = "new", status = 1,
        version = 3, created = "c1", createdBy = "c2", released = "r1", releasedBy = "r2",
        revoked = "k1", revokedBy = "k2", modified = "m1", modifiedBy = "m2", processId = "p",
        isGlobal = false, addChildUnits = true, includeUURMiscInfoInUUT = true,
        loadPreviousMiscInfo = false, onFailRequireSubmit = true, onFailRequireRepair = 2,
        logOperator = true, logDescription = true, createUnsubmittedReportOnFailedStep = false,
        instancesCount = 7, miRelations = { { EntityValue = "x" } } },
        json.decode(sent))
    end)

    it("returns the error of the read and of the write", function()
      local id = id_of(made("A"))
      for _, method in ipairs { "GET", "PUT" } do
        assert(box.sandbox:fault { method = method, status = 403 })
        local value, err = mi:update_definition(id, { Name = "B" })
        assert.is_nil(value)
        assert.same({ "auth", method }, { err.kind, err.method })
      end
      assert.equal("A", mi:get_definition(id).Name)
    end)

    it("raises at the caller's line for what cannot be changed", function()
      local function wrong(changes)
        return blamed(function() mi:update_definition(NONE, changes) end)
      end
      local where = "manual_inspection:update_definition: "
      assert.equal(where .. "changes: a table expected, got nil", wrong(nil))
      assert.equal(where .. "nothing to change was given", wrong {})
      assert.equal(where .. '"name" cannot be changed (did you mean "Name"?)', wrong { name = "x" })
      assert.equal(where .. '"OnFailGotoCleanup" cannot be changed',
        wrong({ OnFailGotoCleanup = true }):gsub(" %(did.*", ""))
      assert.matches('Status: one of draft, pending, released, revoked expected, got "live"',
        wrong { Status = "live" })
      assert.matches("Status: one of .* got 4", wrong { Status = 4 })
      assert.same({}, assert(box.sandbox:journal()))
    end)
  end)

  describe("the life of a definition", function()
    it("goes from draft over pending to released and revoked", function()
      local id = id_of(made("A"))
      assert.equal(1, assert(mi:move_to_pending(id)).Status)
      assert.equal(0, assert(mi:move_to_draft(id)).Status)
      assert.equal(1, assert(mi:move_to_pending(id)).Status)
      local definition = assert(mi:release_inspection(id))
      assert.equal(2, definition.Status)
      assert.is_string(definition.Released)
      assert.equal(3, assert(mi:revoke_inspection(id)).Status)
      assert.is_string(mi:get_definition(id).Revoked)
    end)

    it("has the server's reason where a step is not allowed", function()
      local draft, live = id_of(made("D")), id_of(released("R"))
      for reason, call in pairs {
        ["A definition that is draft cannot become released."] = function()
          return mi:release_inspection(draft)
        end,
        ["A definition that is draft cannot become revoked."] = function()
          return mi:revoke_inspection(draft)
        end,
        ["A definition that is released cannot become draft."] = function()
          return mi:move_to_draft(live)
        end,
        ["A definition that is released cannot become pending."] = function()
          return mi:move_to_pending(live)
        end,
        ["A definition that is released cannot be edited (Description)."] = function()
          return mi:update_definition(live, { Description = "x" })
        end,
        ["Only a draft can be edited."] = function() return mi:put_xaml(live, "<x/>") end,
      } do
        local value, err = call()
        assert.is_nil(value)
        assert.same({ "invalid", 400, reason }, { err.kind, err.status, err.message })
      end
    end)

    it("ends with the release of the next version", function()
      local first = released("A")
      local second = assert(mi:copy_inspection(id_of(first)))
      assert.equal(2, mi:get_definition(id_of(first)).Status)
      assert(mi:move_to_pending(id_of(second)))
      assert(mi:release_inspection(id_of(second)))
      assert.equal(mi.STATUSES.revoked, mi:get_definition(id_of(first)).Status)
      assert.equal(mi.STATUSES.released, mi:get_definition(id_of(second)).Status)
    end)

    it("is not shown from before a write, even to who asked to keep", function()
      local keep = { cache = { ttl = 60 } }
      local id = id_of(made("A"))
      for status, method in ipairs { "move_to_pending", "release_inspection",
        "revoke_inspection" } do
        assert(mi:get_definition(id, keep))
        assert(mi:get_definitions(false, keep))
        assert(mi[method](mi, id))
        assert.equal(status, mi:get_definition(id, keep).Status)
        assert.equal(status, mi:get_definitions(false, keep)[1].Status)
      end
      assert(mi:copy_definition(id))
      assert.equal(2, #mi:get_definitions(false, keep))
    end)
  end)
end)
