-- Made by tools/canned.lua from the API's OpenAPI description: do not change it by hand.
-- What the words mean stands there.
return {
  records = {
    InternalBOMComponent = "Desc:string FunctionBlock:string Number:string Qty:integer "
      .. "QtySpecified:boolean Ref:string Rev:string",
    InternalConflictingProductionManagerRelation = "id:uuid name:string version:integer",
    InternalMiscInfo = "guid:uuid isValid:boolean name:string regex:string type:integer=0 "
      .. "value:string",
    InternalPackage = "Created:datetime CreatedBy:string Description:string "
      .. "IsRestricted:boolean Modified:datetime ModifiedBy:string Name:string "
      .. "PackageFolder:boolean PackageFolders:[InternalPackageFolder] PackageId:uuid "
      .. "PackageSiteRelations:[InternalPackageSiteRelation] Priority:integer "
      .. "Released:datetime ReleasedBy:string Revoked:datetime RevokedBy:string "
      .. "RootDirectory:string Status:integer Tags:string Validation:string "
      .. "ValidationDescription:string Version:integer VirtualFolder:InternalVirtualFolder "
      .. "VirtualFolderId:uuid",
    InternalPackageFolder = "Modified:datetime Name:string "
      .. "PackageFolderFiles:[InternalPackageFolderFile] PackageFolderId:uuid "
      .. "PackageFolders:[InternalPackageFolder] PackageId:uuid Parent:InternalPackageFolder "
      .. "ParentFolderId:uuid",
    InternalPackageFolderFile = "Attributes:integer PackageFolderFileId:uuid "
      .. "PackageFolderId:uuid RepositoryFolderFile:InternalRepositoryFolderFile "
      .. "RepositoryFolderFileId:uuid",
    InternalPackageSiteRelation = "Package:InternalPackage PackageId:uuid "
      .. "PackageSiteRelationId:uuid SiteCode:string",
    InternalProcess = "Code:integer Description:string IsRepairOperation:boolean "
      .. "IsTestOperation:boolean IsWIPOperation:boolean Name:string ProcessID:uuid "
      .. "ProcessIndex:integer Properties:string State:integer",
    InternalProduct = "Category:string Description:string Name:string NonSerial:boolean "
      .. "PartNumber:string ProductCategory:InternalProductCategory ProductCategoryId:uuid "
      .. "ProductId:uuid ProductRevisions:[InternalProductRevision] Settings:[Setting] "
      .. "State:integer",
    InternalProductCategory = "Description:string Name:string ProductCategoryId:uuid",
    InternalProductRevision = "BOM:[InternalBOMComponent] "
      .. "ChildProductRevisionRelations:[InternalProductRevisionRelation] Description:string "
      .. "Name:string ParentProductRevisionRelation:[InternalProductRevisionRelation] "
      .. "Product:InternalProduct ProductId:uuid ProductRevisionId:uuid Revision:string "
      .. "Settings:[Setting] State:integer Units:[InternalUnit]",
    InternalProductRevisionRelation = "ChildProductRevision:InternalProductRevision "
      .. "ParentProductRevision:InternalProductRevision ParentProductRevisionId:uuid "
      .. "ProductRevisionId:uuid ProductRevisionRelationId:uuid Quantity:integer "
      .. "RevisionMask:string",
    InternalProductionBatch = "BatchSN:string BatchSize:integer Produced:integer "
      .. "XMLData:string",
    InternalProductionManagerEntity = "addChildUnits:boolean "
      .. "conflictingRelations:[InternalConflictingProductionManagerRelation] "
      .. "createUnsubmittedReportOnFailedStep:boolean created:datetime createdBy:string "
      .. "deletedTags:[string] description:string entityType:string id:uuid "
      .. "includeUURMiscInfoInUUT:boolean instancesCount:integer isGlobal:boolean "
      .. "loadPreviousMiscInfo:boolean logDescription:boolean logOperator:boolean "
      .. "miFiles:[string] miRelations:[InternalTestSequenceRelation] modified:datetime "
      .. "modifiedBy:string name:string onFailRequireRepair:integer "
      .. "onFailRequireSubmit:boolean packageFolder:boolean parentId:uuid phases:integer "
      .. "phasesString:string priority:integer processId:uuid relationIds:[string] "
      .. "released:datetime releasedBy:string repairProcessName:string revoked:datetime "
      .. "revokedBy:string serviceVersion:integer sites:[string] "
      .. "softwareEntities:[InternalSoftwareEntity] status:integer=0 tags:[Setting] "
      .. "validation:InternalProductionManagerEntityValidation version:integer "
      .. "wfRelations:[InternalWorkflowRelation]",
    InternalProductionManagerEntityValidation = "description:string "
      .. "entries:[InternalProductionManagerEntityValidationEntry]",
    InternalProductionManagerEntityValidationEntry = "description:string id:uuid "
      .. "keyValues:{string} level:integer=0",
    InternalRepositoryFolderFile = "Checksum:string Description:string "
      .. "FileModifiedDate:datetime FileSize:long FileVersion:string Name:string "
      .. "RepositoryFolderFileId:uuid Uploaded:datetime Valid:boolean Version:integer",
    InternalSerialNumberRange = "endAddress:string free:integer identifier:integer=0 "
      .. "identifierName:string reserved:integer startAddress:string taken:integer "
      .. "total:integer type:string",
    InternalSoftwareEntity = "attributes:integer fileSize:long fileVersion:string id:uuid "
      .. "information:string lastModifiedDate:datetime name:string parentId:uuid "
      .. "repositoryFolderFileId:uuid repositoryVersion:integer type:integer=0 "
      .. "uploadedDate:datetime valid:boolean",
    InternalStep = "addAttachments:integer=0 allowSkip:boolean comment:string "
      .. "definitionId:uuid desc:string execTime:number id:integer name:string "
      .. "operator:string parentId:integer passAllAffected:boolean result:integer=0 "
      .. "type:string url:string",
    InternalTestSequenceDefinition = "AddChildUnits:boolean "
      .. "CreateUnsubmittedReportOnFailedStep:boolean Created:datetime CreatedBy:string "
      .. "CreatedBySite:string Description:string IncludeUURMiscInfoInUUT:boolean "
      .. "InstancesCount:integer IsGlobal:boolean LoadPreviousMiscInfo:boolean "
      .. "LogDescription:boolean LogOperator:boolean Modified:datetime ModifiedBy:string "
      .. "Name:string OnFailGotoCleanup:boolean OnFailRequireRepair:integer "
      .. "OnFailRequireSubmit:boolean Relations:[InternalTestSequenceRelation] "
      .. "Released:datetime ReleasedBy:string RepairProcessId:uuid Revoked:datetime "
      .. "RevokedBy:string Status:integer TestSequenceDefinitionId:uuid Version:integer "
      .. "VirtualFolderId:uuid XAML:InternalTestSequenceDefinitionXaml",
    InternalTestSequenceDefinitionXaml = "Definition:string TestSequenceDefinitionId:uuid",
    InternalTestSequenceProcessRelation = "ProcessId:uuid TestSequenceProcessRelationId:uuid "
      .. "TestSequenceRelationId:uuid",
    InternalTestSequenceRelation = "EntityKey:string EntityName:string EntitySchema:string "
      .. "EntityValue:string ProductName:string Status:integer TestSequenceDefinitionId:uuid "
      .. "TestSequenceProcessRelations:[InternalTestSequenceProcessRelation] "
      .. "TestSequenceRelationId:uuid "
      .. "TestSequenceSiteRelations:[InternalTestSequenceSiteRelation]",
    InternalTestSequenceSiteRelation = "SiteCode:string TestSequenceRelationId:uuid "
      .. "TestSequenceSiteRelationId:uuid",
    InternalUnit = "Action:string BatchSN:string Children:[InternalUnit] "
      .. "CurrentLocation:string Error:string Level:integer ParentUnitId:uuid "
      .. "Process:InternalProcess ProcessCode:integer Product:InternalProduct ProductId:uuid "
      .. "ProductRevision:InternalProductRevision ProductRevisionId:uuid "
      .. "ProductionBatch:InternalProductionBatch SerialDate:datetime SerialNumber:string "
      .. "Settings:[Setting] UnitId:uuid UnitPhaseId:integer XMLData:string",
    InternalUnitFlowUnit = "hasFailed:boolean hasPassed:boolean hasRetest:boolean "
      .. "isLast:boolean isLastPassed:boolean isOld:boolean orders:[integer] "
      .. "resultHistories:[string] source:integer target:integer unitId:integer",
    InternalUnitPhase = "Code:string Description:string Name:string UnitPhaseId:integer",
    InternalVirtualFolder = "Children:[InternalVirtualFolder] Packages:[InternalPackage] "
      .. "TestSequenceDefinition:InternalTestSequenceDefinition "
      .. "WorkflowDefinition:InternalWorkflowDefinition description:string id:uuid "
      .. "imageUrl:string name:string parentId:uuid type:integer "
      .. "virtualFolders:[InternalVirtualFolder]",
    InternalWorkflowDefinition = "Created:datetime CreatedBy:string Description:string "
      .. "InstancesCount:integer Modified:datetime ModifiedBy:string Name:string "
      .. "Phases:integer PhasesModel:[integer] Relations:[InternalWorkflowRelation] "
      .. "Released:datetime ReleasedBy:string Revoked:datetime RevokedBy:string "
      .. "ServiceVersion:integer Status:integer TStamp:string Version:integer "
      .. "VirtualFolderId:uuid WorkflowDefinitionId:uuid XAML:InternalWorkflowDefinitionXaml",
    InternalWorkflowDefinitionXaml = "Definition:string WorkflowDefinitionId:uuid",
    InternalWorkflowRelation = "EntityKeyName:string EntityName:string EntitySchema:string "
      .. "EntityValue:string ProductName:string Status:integer WorkflowDefinitionId:uuid "
      .. "WorkflowRelationId:uuid "
      .. "WorkflowRelationSiteRelations:[InternalWorkflowRelationSiteRelation]",
    InternalWorkflowRelationSiteRelation = "SiteCode:string WorkflowRelationId:uuid "
      .. "WorkflowRelationSiteRelationId:uuid",
  },
  answers = {
    ["GET /api/internal/Blob/Asset/List/{assetId}"] = "[string]",
    ["GET /api/internal/ManualInspection/GetDefinitionCopy/{Id}"] =
      "InternalTestSequenceDefinition",
    ["GET /api/internal/ManualInspection/GetRelationConflictsNew/{Id}"] =
      "[InternalConflictingProductionManagerRelation]",
    ["GET /api/internal/ManualInspection/GetTestSequenceDefinitions"] =
      "[InternalTestSequenceDefinition]",
    ["GET /api/internal/Mes/GetUnitPhases"] = "[InternalUnitPhase]",
    ["GET /api/internal/Process/GetProcess/{id}"] = "InternalProcess",
    ["GET /api/internal/Process/GetProcesses"] = "[InternalProcess]",
    ["GET /api/internal/Production/GetSites"] = "[any]",
    ["GET /api/internal/Software/GetAvailablePackages"] = "[InternalPackage]",
    ["GET /api/internal/Software/GetPackageHistory"] = "[InternalPackage]",
    ["GET /api/internal/Software/GetRevokedPackages"] = "[uuid]",
    ["PUT /api/internal/ManualInspection/PutDefinitionNew"] = "InternalTestSequenceDefinition",
  },
  bodies = {
    ["DELETE /api/internal/Blob/Assets"] = "[string]",
    ["DELETE /api/internal/Production/SerialNumbers/Free"] = "[InternalSerialNumberRange]",
    ["POST /api/internal/App/MeasurementList"] = "PublicWatsFilter",
    ["POST /api/internal/App/StepStatusList"] = "PublicWatsFilter",
    ["POST /api/internal/App/TopFailed"] = "PublicWatsFilter",
    ["POST /api/internal/ManualInspection/PostDefinition"] = "InternalTestSequenceDefinition",
    ["POST /api/internal/ManualInspection/PostRelation"] = "InternalTestSequenceRelation",
    ["POST /api/internal/Product/PostProductRevisionRelation"] =
      "InternalProductRevisionRelation",
    ["POST /api/internal/Software/PostPackageFolder"] = "InternalSoftwareEntity",
    ["POST /api/internal/Software/UpdatePackageFolder"] = "InternalSoftwareEntity",
    ["POST /api/internal/Trigger/GetAlarmAndNotificationLogs"] = "PublicWatsFilter",
    ["POST /api/internal/UnitFlow"] = "PublicWatsFilter",
    ["POST /api/internal/UnitFlow/SN"] = "[integer]",
    ["POST /api/internal/UnitFlow/SplitBy"] = "PublicWatsFilter",
    ["POST /api/internal/UnitFlow/UnitOrder"] = "[InternalUnitFlowUnit]",
    ["PUT /api/internal/ManualInspection/DeleteRelationNew"] = "[uuid]",
    ["PUT /api/internal/ManualInspection/PutDefinitionNew"] = "InternalProductionManagerEntity",
    ["PUT /api/internal/ManualInspection/PutRelation"] = "InternalTestSequenceRelation",
    ["PUT /api/internal/ManualInspection/PutSequence"] = "[InternalStep]",
    ["PUT /api/internal/ManualInspection/PutStringTest"] = "InternalStep",
    ["PUT /api/internal/ManualInspection/PutTestSequenceDefinitionXaml"] = "string",
    ["PUT /api/internal/ManualInspection/ValidateMiscInfo"] = "InternalMiscInfo",
    ["PUT /api/internal/Product/PutProductCategories"] = "[InternalProductCategory]",
    ["PUT /api/internal/Product/PutProductRevisionRelation"] =
      "InternalProductRevisionRelation",
    ["PUT /api/internal/Production/SerialNumbers/Free"] = "[InternalSerialNumberRange]",
  },
}
