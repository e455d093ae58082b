-- What an operation takes and gives where that is not one JSON record for another: by method and
-- template.
--   shape      of a JSON body: "list", or "text" where the body is one JSON string
--   body_type  the Content-Type of what is sent, where `body` of the row does not tell
--   field      of a form: the name of the part that holds the file
--   part_type  of a form: the Content-Type of that part, where only one will do
--   answer     "xml", "text" or "binary": what comes is handed on as it is, but for a login page
--              (wats.login_page)
--   accept     the Accept that is sent, where `answer` does not tell
--
-- The API's description says of all answers that they are JSON "objects"; what is said here follows
-- from its words. What is left out may still answer in another way: a Content-Type that is no JSON
-- makes a text of any answer.

local FILE = { answer = "binary" }
local LIST = { shape = "list" }
-- RFC 7644, section 3.1. Plain JSON is taken too.
local SCIM = {
  body_type = "application/scim+json",
  accept = "application/scim+json, application/json;q=0.9",
}

return {
  ["PUT /api/Product/Vendors"] = LIST,
  ["DELETE /api/Product/Vendors"] = LIST,
  ["PUT /api/Products"] = LIST,
  ["PUT /api/Products/Revisions"] = LIST,
  ["PUT /api/internal/Product/PutProductCategories"] = LIST,

  ["PUT /api/Production/Batches"] = LIST,
  ["PUT /api/Production/Units"] = LIST,
  ["PUT /api/internal/Production/SerialNumbers/Free"] = LIST,
  ["DELETE /api/internal/Production/SerialNumbers/Free"] = LIST,
  -- XML or CSV, as the parameter `format` says.
  ["GET /api/Production/SerialNumbers"] = { answer = "text" },
  ["POST /api/Production/SerialNumbers/Take"] = { answer = "text" },
  ["PUT /api/Production/SerialNumbers"] = { field = "file" },

  ["GET /api/Report/Wsxf/{id}"] = { answer = "xml" },
  ["GET /api/Report/Attachment"] = FILE,
  ["GET /api/Report/Attachments/{id}"] = FILE, -- a zip
  ["GET /api/Report/Certificate/{id}"] = FILE, -- a PDF
  ["GET /api/Export/{fileName}"] = FILE,       -- a zip

  ["POST /api/RootCause/ArchiveTickets"] = LIST,
  ["GET /api/RootCause/Attachment"] = FILE,
  ["POST /api/RootCause/Attachment"] = { field = "file" },

  ["GET /api/SCIM/v2/Users"] = SCIM,
  ["GET /api/SCIM/v2/Users/{id}"] = SCIM,
  ["GET /api/SCIM/v2/Users/userName={userName}"] = SCIM,
  ["POST /api/SCIM/v2/Users"] = SCIM,
  ["PATCH /api/SCIM/v2/Users/{id}"] = SCIM,
  ["DELETE /api/SCIM/v2/Users/{id}"] = SCIM,

  ["POST /api/Software/Package/UploadZip/{id}"] = { field = "file", part_type = "application/zip" },
  ["GET /api/internal/Software/File/{id}"] = FILE,

  ["POST /api/SystemManager/Level"] = LIST,

  ["GET /api/internal/Blob/Asset"] = FILE,
  ["DELETE /api/internal/Blob/Assets"] = LIST,

  ["PUT /api/internal/ManualInspection/DeleteRelationNew"] = LIST,
  ["PUT /api/internal/ManualInspection/PutSequence"] = LIST,
  ["PUT /api/internal/ManualInspection/PutTestSequenceDefinitionXaml"] = { shape = "text" },

  ["POST /api/internal/UnitFlow/SN"] = LIST,
  ["POST /api/internal/UnitFlow/UnitOrder"] = LIST,
}
