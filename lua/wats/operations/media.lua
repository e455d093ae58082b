-- What an operation takes where that is not one JSON record: by method and template.
--   shape  of a JSON body: "list", or "text" where the body is one JSON string
return {
  ["PUT /api/Product/Vendors"] = { shape = "list" },
  ["DELETE /api/Product/Vendors"] = { shape = "list" },
  ["PUT /api/Production/Batches"] = { shape = "list" },
  ["PUT /api/Production/Units"] = { shape = "list" },
  ["PUT /api/Products"] = { shape = "list" },
  ["PUT /api/Products/Revisions"] = { shape = "list" },
  ["POST /api/RootCause/ArchiveTickets"] = { shape = "list" },
  ["POST /api/SystemManager/Level"] = { shape = "list" },
  ["DELETE /api/internal/Blob/Assets"] = { shape = "list" },
  ["PUT /api/internal/ManualInspection/DeleteRelationNew"] = { shape = "list" },
  ["PUT /api/internal/ManualInspection/PutSequence"] = { shape = "list" },
  ["PUT /api/internal/ManualInspection/PutTestSequenceDefinitionXaml"] = { shape = "text" },
  ["PUT /api/internal/Product/PutProductCategories"] = { shape = "list" },
  ["PUT /api/internal/Production/SerialNumbers/Free"] = { shape = "list" },
  ["DELETE /api/internal/Production/SerialNumbers/Free"] = { shape = "list" },
  ["POST /api/internal/UnitFlow/SN"] = { shape = "list" },
  ["POST /api/internal/UnitFlow/UnitOrder"] = { shape = "list" },
}
