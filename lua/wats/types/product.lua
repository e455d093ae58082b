---@meta _
-- Made by tools/types.lua: do not change it by hand. For editors; nothing loads it.

---@class wats.record.InternalBOMComponent
---@field Desc? string
---@field FunctionBlock? string
---@field Number? string
---@field Qty? integer
---@field QtySpecified? boolean
---@field Ref? string
---@field Rev? string

---@class wats.record.InternalProduct
---@field Category? string
---@field Description? string
---@field Name? string
---@field NonSerial? boolean
---@field PartNumber? string
---@field ProductCategory? wats.record.InternalProductCategory
---@field ProductCategoryId? string  UUID
---@field ProductId? string  UUID
---@field ProductRevisions? wats.record.InternalProductRevision[]
---@field Settings? wats.record.Setting[]
---@field State? integer

---@class wats.record.InternalProductCategory
---@field Description? string
---@field Name? string
---@field ProductCategoryId? string  UUID

---@class wats.record.InternalProductRevision
---@field BOM? wats.record.InternalBOMComponent[]
---@field ChildProductRevisionRelations? wats.record.InternalProductRevisionRelation[]
---@field Description? string
---@field Name? string
---@field ParentProductRevisionRelation? wats.record.InternalProductRevisionRelation[]
---@field Product? wats.record.InternalProduct
---@field ProductId? string  UUID
---@field ProductRevisionId? string  UUID
---@field Revision? string
---@field Settings? wats.record.Setting[]
---@field State? integer
---@field Units? wats.record.InternalUnit[]

---@class wats.record.InternalProductRevisionRelation
---@field ChildProductRevision? wats.record.InternalProductRevision
---@field ParentProductRevision? wats.record.InternalProductRevision
---@field ParentProductRevisionId? string  UUID
---@field ProductRevisionId? string  UUID
---@field ProductRevisionRelationId? string  UUID
---@field Quantity? integer
---@field RevisionMask? string

---@class wats.record.Product
---@field description? string
---@field name? string
---@field nonSerial? boolean
---@field partNumber? string
---@field productCategoryId? string  UUID
---@field productCategoryName? string
---@field productId? string  UUID
---@field revisions? wats.record.ProductRevision[]
---@field state? integer
---@field tags? wats.record.Setting[]
---@field xmlData? string

---@class wats.record.ProductRevision
---@field PartNumber? string
---@field description? string
---@field name? string
---@field productId? string  UUID
---@field productRevisionId? string  UUID
---@field revision? string
---@field state? integer
---@field tags? wats.record.Setting[]
---@field xmlData? string

---@class wats.record.ProductView
---@field category? string
---@field name? string
---@field nonSerial? boolean
---@field partNumber? string
---@field state? integer

---@class wats.record.Setting
---@field change? 0|1|2|3|4|5|6
---@field key? string
---@field value? string

---@class wats.record.Vendor
---@field VendorName? string
