-- wats.many: N look-ups of one kind as a few: `get_many` of the domain services.
--
--   function Product:get_many(part_numbers, opts)
--     local get = function(name, own) return self:get_product(name, own) end
--     return many.fetch("product:get_many", part_numbers, get, opts)
--   end
--
-- What is given twice is asked for once. Results stand in the order of what was given, each with a
-- table of its own, and errors by the same index; both have `n`. One that fails stops no other.
-- Works in plain code and in tasks (see wats.async.map). A caller's mistake raises at his line
-- before anything is asked; one in the options of the requests when it is found. Keeps no state.

local async = require("wats.async")
local check = require("wats.async.check")
local copy = require("wats.cache.copy")
local errors = require("wats.errors")
local options = require("wats.options")

local many = {}

---@class wats.ManyOptions: wats.RequestOptions  what is no option of these goes with each request
---@field concurrency? integer    requests at once; default 16
---@field on_progress? fun(done: integer, n: integer)  of different items (of `bulk`: of requests)
---@field batch? integer          of `bulk`: items in one request

local OWN = { concurrency = true, on_progress = true, batch = true }
local CONCURRENCY = { "integer", min = 1, default = 16 }
local MAX_SHOWN = 40 -- characters of an item in a message

-- What the item is known by: two of the same key are one.
local function plain_key(item)
  if type(item) == "string" and item ~= "" or math.type(item) == "integer" then return item end
  return nil, "a string that is not empty, or an integer"
end

-- The caller's options in two: ours for wats.async.map, and those of each request (or nil).
local function split(where, opts)
  if opts ~= nil and type(opts) ~= "table" then
    errors.raise("%s: a table of options expected, got %s", where, type(opts))
  elseif opts and opts.sink ~= nil then
    errors.raise("%s: sink: many answers do not go into one", where)
  end
  local ours, requests = {}, nil
  for name, value in pairs(opts or {}) do
    if OWN[name] then
      ours[name] = value
    else
      requests = requests or {}
      requests[name] = value
    end
  end
  local checked, problem = options.read(ours, {
    concurrency = CONCURRENCY,
    batch = { "integer", min = 1 },
    on_progress = { "any", check = function(value)
      if not check.is_callable(value) then return "must be a function" end
    end },
  })
  if not checked then errors.raise("%s: %s", where, problem) end
  return checked, requests
end

-- The different items in the order of their first place, where each place's item is among them,
-- and how many places there are.
local function distinct(where, list, key_of)
  local count = check.list(where, list)
  local items, keys, place_of, at = {}, {}, {}, {}
  for i = 1, count do
    local key, expected = (key_of or plain_key)(list[i])
    if key == nil then
      errors.raise("%s: element %d: %s expected, got %s", where, i, expected or "another value",
        list[i] == "" and '""' or type(list[i]))
    end
    if not place_of[key] then
      items[#items + 1], keys[#keys + 1] = list[i], key
      place_of[key] = #items
    end
    at[i] = place_of[key]
  end
  return items, at, count, keys
end

-- What is wrong with the options of a request is found when the request is made, and raised there,
-- within a task: so what raised for all was the caller's mistake, and not the world's doing.
local function raise_mistake(where, failures)
  local first = failures and failures[1]
  for i = 1, failures and failures.n or 0 do
    if not errors.is_error(failures[i]) or failures[i].kind ~= "error" then return end
  end
  if first then errors.raise("%s: %s", where, first.message) end
end

-- Results and errors of the different items, told of each place.
local function spread(at, count, values, failures)
  local results, errs, given, failed = { n = count }, { n = count }, {}, false
  for i = 1, count do
    local from = at[i]
    if failures and failures[from] ~= nil then
      errs[i], failed = failures[from], true
    else
      results[i] = given[from] and copy.deep(values[from]) or values[from]
      given[from] = true
    end
  end
  return results, failed and errs or nil
end

-- Calls `fn(item, request_options)` for each different item, at most `concurrency` (16) at once.
-- `fn` returns a value, or nil and an error; as a method of a service does.
---@param where string       the public method, for messages: "product:get_many"
---@param list any[]         strings or integers; with `key_of` whatever that takes
---@param fn fun(item: any, opts: wats.RequestOptions?): any, wats.Error?
---@param opts? wats.ManyOptions
---@param key_of? fun(item: any): any, string?  by which two are the same; nil and what is expected
---@return table results     the values in the order of `list`, and `n`
---@return table? errs       by the same index, and `n`; nil where nothing failed
function many.fetch(where, list, fn, opts, key_of)
  local ours, requests = split(where, opts)
  local items, at, count = distinct(where, list, key_of)
  local values, failures = async.map(items, function(item) return fn(item, requests) end,
    { concurrency = ours.concurrency, on_progress = ours.on_progress })
  raise_mistake(where, failures)
  return spread(at, count, values, failures)
end

local function shown(item)
  local text = tostring(item)
  if #text > MAX_SHOWN then text = text:sub(1, MAX_SHOWN) .. "..." end
  return '"' .. text:gsub("%c", "?") .. '"'
end

local function in_batches(items, keys, size)
  local batches = {}
  for first = 1, #items, size do
    local batch = { first = first, last = math.min(first + size - 1, #items), key = {} }
    for i = first, batch.last do
      batch[#batch + 1], batch.key[keys[i]] = items[i], i
    end
    batches[#batches + 1] = batch
  end
  return batches
end

local function absent(item)
  return errors.new {
    kind = "not_found", message = ("the server's answer holds no %s"):format(shown(item)),
  }
end

-- As `fetch`, where one request can answer for many: `fn(items, request_options)` returns a list of
-- records in any order, or nil and an error, which is then that of all its items. `of(record)` says
-- which item a record answers, by the item's key; the first for an item counts. An item without
-- one has an error of kind "not_found".
---@param where string
---@param list any[]
---@param fn fun(items: any[], opts: wats.RequestOptions?): table[]?, wats.Error?
---@param opts? wats.ManyOptions   batch: items in one request, in place of `size`
---@param how { size: integer, of: (fun(record: table): any), key_of?: function }
---@return table results
---@return table? errs
function many.bulk(where, list, fn, opts, how)
  local ours, requests = split(where, opts)
  local items, at, count, keys = distinct(where, list, how.key_of)
  local batches = in_batches(items, keys, ours.batch or how.size)
  local answers, failures = async.map(batches, function(batch)
    return fn(table.move(batch, 1, #batch, 1, {}), requests)
  end, { concurrency = ours.concurrency, on_progress = ours.on_progress })
  raise_mistake(where, failures)
  local values, errs = {}, {}
  for b, batch in ipairs(batches) do
    for _, record in ipairs(answers[b] or {}) do
      local place = batch.key[how.of(record)]
      if place and values[place] == nil then values[place] = record end
    end
    for i = batch.first, batch.last do
      if values[i] == nil then errs[i] = failures and failures[b] or absent(items[i]) end
    end
  end
  return spread(at, count, values, errs)
end

return many
