-- Made by tools/canned.lua from the API's OpenAPI description: do not change it by hand.
-- What the words mean stands there.
return {
  records = {
    Asset = "ClientId:integer assetChildren:[Asset] assetId:string assetLog:[AssetLog] "
      .. "assetName:string assetType:AssetType description:string firstSeenDate:datetime "
      .. "lastCalibrationDate:datetime lastMaintenanceDate:datetime lastSeenDate:datetime "
      .. "location:string nextCalibrationDate:datetime nextMaintenanceDate:datetime "
      .. "parentAssetId:string parentSerialNumber:string partNumber:string revision:string "
      .. "runningCount:integer serialNumber:string state:integer=0 tags:[Setting] "
      .. "totalCount:integer typeId:uuid",
    AssetLog = "assetId:string comment:string date:datetime logId:integer property:string "
      .. "serialNumber:string type:integer=0 user:string value:string",
    AssetMessage = "content:string",
    AssetType = "alarmThreshold:number calibrationInterval:number icon:string "
      .. "isReadonly:boolean maintenanceInterval:number runningCountLimit:integer "
      .. "totalCountLimit:integer typeId:uuid typeName:string warningThreshold:number",
    BarcodeIdentifier = "batchNumber:string description:string id:integer order:integer "
      .. "partNumber:string pattern:string process:string revision:string serialNumber:string",
    ClientDto = "clientGroupId:integer clientId:integer displayName:string location:string "
      .. "name:string purpose:string type:integer",
    CommonUserSettings = "cultureCode:string email:string fullName:string levels:[string] "
      .. "productGroups:[string] roles:[string]",
    HeaderAsset = "calibrationDaysOverdue:number daysSinceCalibration:number "
      .. "daysSinceMaintenance:number maintenanceDaysOverdue:number runningCount:integer "
      .. "runningCountExceeded:integer serialNumber:string totalCount:integer "
      .. "totalCountExceeded:integer",
    HeaderAttachment = "filename:string stepId:integer",
    HeaderMiscinfo = "description:string value:string",
    HeaderSubunit = "partNumber:string partType:string revision:string serialNumber:string",
    HeaderUURAttachment = "filename:string id:uuid",
    HeaderUURMiscinfo = "description:string value:string",
    HeaderUURSubunit = "partNumber:string revision:string serialNumber:string",
    InsertReportResult = "ID:uuid Report_ID:integer uuid:uuid",
    ODataAsset = "assetId:string assetName:string description:string firstSeenDate:datetime "
      .. "lastCalibrationDate:datetime lastMaintenanceDate:datetime lastSeenDate:datetime "
      .. "location:string nextCalibrationDate:datetime nextMaintenanceDate:datetime "
      .. "parentAssetId:string parentSerialNumber:string partNumber:string revision:string "
      .. "runningCount:integer serialNumber:string state:integer=0 totalCount:integer "
      .. "typeId:uuid xmlData:string",
    ODataAssetLog = "assetId:string comment:string date:datetime logId:integer "
      .. "property:string serialNumber:string type:integer user:string value:string",
    ODataAssetType = "alarmThreshold:number calibrationInterval:number icon:string "
      .. "isReadonly:boolean maintenanceInterval:number runningCountLimit:integer "
      .. "totalCountLimit:integer typeId:uuid typeName:string warningThreshold:number",
    Package = "created:datetime createdBy:string description:string installOnRoot:boolean "
      .. "modified:datetime modifiedBy:string name:string packageId:uuid priority:integer "
      .. "released:datetime releasedBy:string revoked:datetime revokedBy:string "
      .. "rootDirectory:string status:string tags:[Setting] version:integer "
      .. "virtualFolderId:uuid",
    PackageFile = "Description:string attributes:string name:string packageFileId:string "
      .. "packageFolderName:string",
    Product = "description:string name:string nonSerial:boolean partNumber:string "
      .. "productCategoryId:uuid productCategoryName:string productId:uuid "
      .. "revisions:[ProductRevision] state:integer tags:[Setting] xmlData:string",
    ProductRevision = "PartNumber:string description:string name:string productId:uuid "
      .. "productRevisionId:uuid revision:string state:integer tags:[Setting] xmlData:string",
    ProductView = "category:string name:string nonSerial:boolean partNumber:string "
      .. "state:integer",
    ProductionBatch = "batchNumber:string batchSize:integer",
    PublicUnitVerification = "nonPassedCount:integer processCode:integer processIndex:integer "
      .. "processName:string repairCount:integer startUtc:datetime stationName:string "
      .. "status:string totalCount:integer",
    PublicUnitVerificationGrade = "allProcessesExecutedInCorrectOrder:boolean "
      .. "allProcessesPassedAnyRun:boolean allProcessesPassedFirstRun:boolean "
      .. "allProcessesPassedLastRun:boolean grade:string noRepairs:boolean "
      .. "results:[PublicUnitVerification] status:string",
    PublicWatsFilter = "batchNumber:string dateFrom:datetime dateGrouping:integer=0 "
      .. "dateTo:datetime dimensions:string includeCurrentPeriod:boolean level:string "
      .. "maxCount:integer minCount:integer miscDescription:string miscValue:string "
      .. "partNumber:string periodCount:integer productGroup:string revision:string "
      .. "serialNumber:string socket:string stationName:string status:string "
      .. "swFilename:string swVersion:string testOperation:string topCount:integer "
      .. "yield:integer",
    ReportHeader = "assets:[HeaderAsset] attachments:[HeaderAttachment] batchNumber:string "
      .. "causedUutFailure:string causedUutFailurePath:string comment:string "
      .. "errorCode:integer errorMessage:string executionTime:number fixtureId:string "
      .. "location:string measuresDeleted:boolean miscInfo:[HeaderMiscinfo] partNumber:string "
      .. "passedInRun:integer processCode:integer processName:string purpose:string "
      .. "receiveCount:integer referencedUut:uuid reportSize:integer reportType:string "
      .. "result:string revision:string run:integer serialNumber:string start:datetime "
      .. "stationName:string subUnits:[HeaderSubunit] swFilename:string swVersion:string "
      .. "testSocketIndex:integer timeStamp:long userName:string uuid:uuid "
      .. "uurAttachments:[HeaderUURAttachment] uurMiscInfo:[HeaderUURMiscinfo] "
      .. "uurSubUnits:[HeaderUURSubunit]",
    SerialNumberType = "description:string format:string identifier:integer=0 "
      .. "identifierName:string name:string regEx:string",
    Setting = "change:integer=0 key:string value:string",
    Ticket = "assignee:string createdUtc:datetime history:[TicketUpdate] origin:string "
      .. "owner:string priority:integer=0 progress:string reportUuid:uuid status:integer=1 "
      .. "subject:string tags:[Setting] team:string ticketId:uuid ticketNumber:integer "
      .. "update:TicketUpdate updatedUtc:datetime",
    TicketAttachment = "attachmentId:uuid filename:string",
    TicketUpdate = "attachments:[TicketAttachment] content:string updateId:uuid "
      .. "updateType:integer updateUser:string updateUtc:datetime",
    UUTMisc = "data:string description:string",
    UUTResult = "miscData:[UUTMisc] partNumber:string processCode:integer processName:string "
      .. "result:string serialNumber:string start:datetime uuid:uuid",
    Unit = "batchNumber:string currentLocation:string parentSerialNumber:string "
      .. "partNumber:string processCode:string product:Product "
      .. "productRevision:ProductRevision revision:string serialDate:datetime "
      .. "serialNumber:string subUnits:[Unit] tags:[Setting] unitPhase:string "
      .. "unitPhaseId:integer xmlData:string",
    UnitChange = "id:integer newParentSerialNumber:string newPartNumber:string "
      .. "newRevision:string newUnitPhaseId:integer unitSerialNumber:string",
    Vendor = "VendorName:string",
    VirtualFolder = "description:string id:uuid name:string parentId:uuid",
  },
  answers = {
    ["GET /api/App/CommonUserSettings"] = "CommonUserSettings",
    ["GET /api/App/Version"] = "string",
    ["GET /api/Asset"] = "[ODataAsset]",
    ["GET /api/Asset/Log"] = "[ODataAssetLog]",
    ["GET /api/Asset/Types"] = "[ODataAssetType]",
    ["GET /api/BarcodeIdentifiers/BarcodeIdentifiers"] = "[BarcodeIdentifier]",
    ["GET /api/BarcodeIdentifiers/IdentifyBarcode"] = "BarcodeIdentifier",
    ["GET /api/Product/Query"] = "[ProductView]",
    ["GET /api/Product/{partNumber}"] = "Product",
    ["GET /api/Product/{partNumber}/{revision}"] = "ProductRevision",
    ["GET /api/Production/SerialNumbers/Types"] = "[SerialNumberType]",
    ["GET /api/Production/UnitVerification"] = "PublicUnitVerificationGrade",
    ["GET /api/Production/Units/Changes"] = "[UnitChange]",
    ["GET /api/Report/Query/Header"] = "[ReportHeader]",
    ["GET /api/Report/Query/HeaderByMiscInfo"] = "[UUTResult]",
    ["GET /api/RootCause/Ticket"] = "Ticket",
    ["GET /api/RootCause/Tickets"] = "[Ticket]",
    ["GET /api/Software/Package/{id}"] = "Package",
    ["GET /api/Software/PackageByName"] = "Package",
    ["GET /api/Software/PackageFiles/{id}"] = "[PackageFile]",
    ["GET /api/Software/Packages"] = "Package",
    ["GET /api/Software/PackagesByTag"] = "Package",
    ["GET /api/Software/VirtualFolders"] = "[VirtualFolder]",
    ["GET /api/SystemStatus"] = "{string}",
    ["POST /api/Report/WSJF"] = "InsertReportResult",
    ["POST /api/Report/WSXF"] = "InsertReportResult",
    ["POST /api/RootCause/ArchiveTickets"] = "Ticket",
    ["POST /api/RootCause/Attachment"] = "uuid",
    ["POST /api/RootCause/Ticket"] = "Ticket",
    ["POST /api/Software/Package"] = "Package",
    ["POST /api/Software/Package/FileAttribute/{id}"] = "none",
    ["POST /api/Software/Package/UploadZip/{id}"] = "none",
    ["POST /api/Software/PackageStatus/{id}"] = "Package",
    ["PUT /api/BarcodeIdentifiers/BarcodeIdentifier"] = "BarcodeIdentifier",
    ["PUT /api/Product"] = "Product",
    ["PUT /api/Product/Revision"] = "ProductRevision",
    ["PUT /api/RootCause/Ticket"] = "Ticket",
    ["PUT /api/Software/Package/{id}"] = "none",
  },
  bodies = {
    ["DELETE /api/Product/Vendors"] = "[Vendor]",
    ["POST /api/App/AggregatedMeasurements"] = "PublicWatsFilter",
    ["POST /api/App/DynamicRepair"] = "PublicWatsFilter",
    ["POST /api/App/DynamicYield"] = "PublicWatsFilter",
    ["POST /api/App/HighVolume"] = "PublicWatsFilter",
    ["POST /api/App/HighVolumeByProductGroup"] = "PublicWatsFilter",
    ["POST /api/App/Measurements"] = "PublicWatsFilter",
    ["POST /api/App/OeeAnalysis"] = "PublicWatsFilter",
    ["POST /api/App/SerialNumberHistory"] = "PublicWatsFilter",
    ["POST /api/App/TestStepAnalysis"] = "PublicWatsFilter",
    ["POST /api/App/TopFailed"] = "PublicWatsFilter",
    ["POST /api/App/UurReport"] = "PublicWatsFilter",
    ["POST /api/App/UutReport"] = "PublicWatsFilter",
    ["POST /api/App/VolumeYield"] = "PublicWatsFilter",
    ["POST /api/App/WorstYield"] = "PublicWatsFilter",
    ["POST /api/App/WorstYieldByProductGroup"] = "PublicWatsFilter",
    ["POST /api/Asset/Message"] = "AssetMessage",
    ["POST /api/Export/Certificate"] = "PublicWatsFilter",
    ["POST /api/RootCause/ArchiveTickets"] = "[uuid]",
    ["POST /api/RootCause/Ticket"] = "Ticket",
    ["POST /api/Software/Package"] = "Package",
    ["POST /api/SystemManager/Level"] = "[string]",
    ["PUT /api/Asset"] = "Asset",
    ["PUT /api/Asset/Types"] = "AssetType",
    ["PUT /api/BarcodeIdentifiers/BarcodeIdentifier"] = "BarcodeIdentifier",
    ["PUT /api/Product"] = "Product",
    ["PUT /api/Product/Revision"] = "ProductRevision",
    ["PUT /api/Product/Vendors"] = "[Vendor]",
    ["PUT /api/Production/Batches"] = "[ProductionBatch]",
    ["PUT /api/Production/Units"] = "[Unit]",
    ["PUT /api/Products"] = "[Product]",
    ["PUT /api/Products/Revisions"] = "[ProductRevision]",
    ["PUT /api/RootCause/Ticket"] = "Ticket",
    ["PUT /api/Software/Package/{id}"] = "Package",
    ["PUT /api/SystemManager/Client"] = "ClientDto",
  },
}
