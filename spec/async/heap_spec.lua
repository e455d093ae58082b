local heap = require "wats.async.heap"

describe("a heap of points in time", function()
  it("gives the earliest first, and equal ones in the order they came", function()
    local h = heap.new()
    for i, at in ipairs { 3, 1, 2, 1, 3, 1 } do h:put { at = at, name = i } end
    local names = {}
    while h:first() do
      local entry = h:first()
      names[#names + 1] = entry.name
      h:remove(entry)
    end
    assert.same({ 2, 4, 6, 3, 1, 5 }, names)
    assert.equal(0, h.count)
  end)

  it("leaves alone what is not in it", function()
    local h = heap.new()
    local entry = { at = 1 }
    h:remove(entry)
    h:put(entry)
    h:remove(entry)
    h:remove(entry)
    assert.equal(0, h.count)
    assert.is_nil(h:first())
  end)

  it("agrees with sorting, whatever is put in and taken out", function()
    local h, model, state = heap.new(), {}, 12345
    local function random(n)
      state = (state * 1103515245 + 12345) % 2147483648
      return state // 65536 % n + 1
    end
    for step = 1, 5000 do
      if #model == 0 or random(3) > 1 then
        local entry = { at = random(50), step = step }
        h:put(entry)
        model[#model + 1] = entry
      else
        h:remove(table.remove(model, random(#model)))
      end
      local best
      for _, entry in ipairs(model) do
        if not best or entry.at < best.at or entry.at == best.at and entry.step < best.step then
          best = entry
        end
      end
      assert.equal(best, h:first())
      assert.equal(#model, h.count)
      for i = 2, h.count do assert(h[i // 2].at <= h[i].at) end
      if step % 500 == 0 then
        for i = 1, h.count do assert.equal(i, h[i].place) end
        for i = #model, #model // 2, -1 do h:remove(table.remove(model)) assert(i) end
      end
    end
  end)
end)
