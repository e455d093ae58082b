-- wats.stream.source: where the body of a request comes from: a function, a file, or the parts of a
-- form.
--
-- A source has `read()` -> chunk | nil at its end | nil, err; `close()`; `length` where known;
-- `rewinds` and `rewind()` when it can begin again; `content_type` when it says so.

local core = require("wats.core")
local errors = require("wats.errors")

local source = {}

local PIECE = 64 * 1024

local function io_error(format, ...)
  return nil, errors.new { kind = "io", message = format:format(...) }
end

-- ---- pieces: strings and files, one after the other --------------------------------------------

---@class wats.stream.Pieces
---@field list table[]  each { text = } or { file =, name =, length = }
---@field index integer
---@field at integer    bytes of the present piece that were read
local Pieces = {}
Pieces.__index = Pieces

function Pieces:rewind()
  self.index, self.at = 1, 0
  for _, piece in ipairs(self.list) do
    if piece.file then piece.file:seek("set", 0) end
  end
end

function Pieces:close()
  for _, piece in ipairs(self.list) do
    if piece.file then piece.file:close() end
    piece.file = nil
  end
end

local function read_piece(piece, at)
  if piece.text then return piece.text end
  local chunk, problem = piece.file:read(math.min(PIECE, piece.length - at))
  if chunk then return chunk end
  return io_error("read %s: %s", piece.name,
    problem or ("it has become shorter: %d bytes of %d"):format(at, piece.length))
end

function Pieces:read()
  local piece = self.list[self.index]
  while piece and self.at == piece.length do
    self.index, self.at = self.index + 1, 0
    piece = self.list[self.index]
  end
  if not piece then return nil end
  local chunk, err = read_piece(piece, self.at)
  if chunk then self.at = self.at + #chunk end
  return chunk, err
end

local function pieces(list, content_type)
  local length = 0
  for _, piece in ipairs(list) do length = length + piece.length end
  return setmetatable({
    list = list, index = 1, at = 0, length = length, rewinds = true, content_type = content_type,
  }, Pieces)
end

local function open_file(name)
  if core.is_special_file(name) then return io_error("%s is no regular file", name) end
  local file, problem = io.open(name, "rb")
  if not file then return io_error("read %s", problem) end
  local length = file:seek("end")
  file:seek("set", 0)
  file:setvbuf("no")
  return { file = file, name = name, length = length }
end

-- ---- a function --------------------------------------------------------------------------------

local FunctionSource = {}
FunctionSource.__index = FunctionSource

function FunctionSource.close() end

local function check_end(self, err)
  if err ~= nil then
    return nil, errors.new {
      kind = "cancelled", cause = err, message = "the source ended the transfer: " .. tostring(err),
    }
  elseif self.length and self.given < self.length then
    errors.raise("source: it ended after %d bytes, and source_length is %d", self.given,
      self.length)
  end
  return nil
end

function FunctionSource:read()
  local chunk, err
  repeat
    chunk, err = self.fn()
    if chunk == nil then return check_end(self, err) end
    if type(chunk) ~= "string" then
      errors.raise("source: a function that returns strings expected, it returned a %s",
        type(chunk))
    end
  until chunk ~= ""
  self.given = self.given + #chunk
  if self.length and self.given > self.length then
    errors.raise("source: it gives more than source_length = %d bytes", self.length)
  end
  return chunk
end

-- ---- multipart/form-data (RFC 7578) ------------------------------------------------------------

local PART_FIELDS = { name = true, filename = true, content_type = true, body = true, file = true }

-- As browsers do: a quote and line breaks would end the parameter.
local ESCAPES = { ['"'] = "%22", ["\r"] = "%0D", ["\n"] = "%0A" }

local function check_part(part, i)
  if type(part) ~= "table" then
    errors.raise("multipart[%d]: a table expected, got %s", i, type(part))
  end
  for key, value in pairs(part) do
    if not PART_FIELDS[key] then
      errors.raise("multipart[%d]: unknown field %q (there are name, filename, content_type, " ..
        "body, file)", i, tostring(key):sub(1, 60))
    elseif type(value) ~= "string" then
      errors.raise("multipart[%d].%s: string expected, got %s", i, key, type(value))
    elseif key ~= "body" and value:find("\0", 1, true) then
      errors.raise("multipart[%d].%s: NUL cannot be sent, nor be in a file's name", i, key)
    end
  end
  if not part.name then errors.raise("multipart[%d]: name is missing", i) end
  if (part.body == nil) == (part.file == nil) then
    errors.raise("multipart[%d]: one of body and file expected", i)
  end
  if part.content_type and part.content_type:find("%c") then
    errors.raise("multipart[%d].content_type: a line break or NUL cannot be sent", i)
  end
end

local function head_of(part, boundary)
  local filename = part.filename or part.file and part.file:match("[^/\\]*$")
  local lines = { ("--%s\r\nContent-Disposition: form-data; name=\"%s\""):format(boundary,
    (part.name:gsub('["\r\n]', ESCAPES))) }
  if filename then
    lines[1] = ('%s; filename="%s"'):format(lines[1], (filename:gsub('["\r\n]', ESCAPES)))
  end
  local content_type = part.content_type or filename and "application/octet-stream"
  if content_type then lines[2] = "Content-Type: " .. content_type end
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

local function text_piece(text)
  return { text = text, length = #text }
end

-- Whatever stands in the table is sent or told of: a hole would drop all that come behind it.
local function check_parts(parts)
  local count = 0
  for key in pairs(parts) do
    if math.type(key) ~= "integer" or key < 1 then
      errors.raise("multipart: a list of parts expected, it has the key %q",
        tostring(key):sub(1, 60))
    end
    count = count + 1
  end
  if count == 0 then errors.raise("multipart: a list of parts expected, it is empty") end
  for i = 1, count do check_part(parts[i], i) end
end

local function open_parts(parts)
  check_parts(parts)
  local boundary = "wats-" .. core.uuid()
  local list = {}
  for _, part in ipairs(parts) do
    list[#list + 1] = text_piece(head_of(part, boundary))
    local piece, err = text_piece(part.body or ""), nil
    if part.file then piece, err = open_file(part.file) end
    if not piece then
      pieces(list):close()
      return nil, err
    end
    list[#list + 1] = piece
    list[#list + 1] = text_piece("\r\n")
  end
  list[#list + 1] = text_piece("--" .. boundary .. "--\r\n")
  return pieces(list, "multipart/form-data; boundary=" .. boundary)
end

-- ---- the options -------------------------------------------------------------------------------

local function open_table(given)
  for key in pairs(given) do
    if key ~= "file" then
      errors.raise("source: unknown field %q (there is file)", tostring(key):sub(1, 60))
    end
  end
  if type(given.file) ~= "string" or given.file:find("\0", 1, true) then
    errors.raise("source.file: the name of a file expected, got %s", type(given.file))
  end
  local piece, err = open_file(given.file)
  if not piece then return nil, err end
  return pieces { piece }
end

-- The source for the options `source`, `source_length` and `multipart`; nil when there is none.
---@param opts wats.RequestOptions
---@return table? source
---@return wats.Error? err  of kind "io"
function source.open(opts)
  local given, length = opts.source, opts.source_length
  if length ~= nil and type(given) ~= "function" then
    errors.raise("source_length: it is the length of a function's source")
  end
  if opts.multipart then return open_parts(opts.multipart) end
  if type(given) == "table" then return open_table(given) end
  if given then
    return setmetatable({ fn = given, length = length, given = 0, rewinds = false },
      FunctionSource)
  end
  return nil
end

return source
