---@meta _
-- Made by tools/types.lua: do not change it by hand. For editors; nothing loads it.

---@class wats.record.HeaderAsset
---@field calibrationDaysOverdue? number
---@field daysSinceCalibration? number
---@field daysSinceMaintenance? number
---@field maintenanceDaysOverdue? number
---@field runningCount? integer
---@field runningCountExceeded? integer
---@field serialNumber? string
---@field totalCount? integer
---@field totalCountExceeded? integer

---@class wats.record.HeaderAttachment
---@field filename? string
---@field stepId? integer

---@class wats.record.HeaderMiscinfo
---@field description? string
---@field value? string

---@class wats.record.HeaderSubunit
---@field partNumber? string
---@field partType? string
---@field revision? string
---@field serialNumber? string

---@class wats.record.HeaderUURAttachment
---@field filename? string
---@field id? string  UUID

---@class wats.record.HeaderUURMiscinfo
---@field description? string
---@field value? string

---@class wats.record.HeaderUURSubunit
---@field partNumber? string
---@field revision? string
---@field serialNumber? string

---@class wats.record.InsertReportResult
---@field ID? string  UUID
---@field Report_ID? integer
---@field uuid? string  UUID

---@class wats.record.ReportHeader
---@field assets? wats.record.HeaderAsset[]
---@field attachments? wats.record.HeaderAttachment[]
---@field batchNumber? string
---@field causedUutFailure? string
---@field causedUutFailurePath? string
---@field comment? string
---@field errorCode? integer
---@field errorMessage? string
---@field executionTime? number
---@field fixtureId? string
---@field location? string
---@field measuresDeleted? boolean
---@field miscInfo? wats.record.HeaderMiscinfo[]
---@field partNumber? string
---@field passedInRun? integer
---@field processCode? integer
---@field processName? string
---@field purpose? string
---@field receiveCount? integer
---@field referencedUut? string  UUID
---@field reportSize? integer
---@field reportType? string
---@field result? string
---@field revision? string
---@field run? integer
---@field serialNumber? string
---@field start? string  ISO 8601
---@field stationName? string
---@field subUnits? wats.record.HeaderSubunit[]
---@field swFilename? string
---@field swVersion? string
---@field testSocketIndex? integer
---@field timeStamp? integer
---@field userName? string
---@field uuid? string  UUID
---@field uurAttachments? wats.record.HeaderUURAttachment[]
---@field uurMiscInfo? wats.record.HeaderUURMiscinfo[]
---@field uurSubUnits? wats.record.HeaderUURSubunit[]

---@class wats.record.UUTMisc
---@field data? string
---@field description? string

---@class wats.record.UUTResult
---@field miscData? wats.record.UUTMisc[]
---@field partNumber? string
---@field processCode? integer
---@field processName? string
---@field result? string
---@field serialNumber? string
---@field start? string  ISO 8601
---@field uuid? string  UUID
