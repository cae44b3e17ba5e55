/// The built-in kinds' fields in the language of ``TypeTable``.
///
/// Source: the Kubernetes API reference, v1.36: field names, types, list types and merge keys.
enum BuiltInTypes {
  static let all = [
    meta, core, pods, volumes, storage, apps, batch, autoscaling, autoscalingV1, policy, scheduling, networking,
    discovery, authentication, authorization, rbac, certificates, admissionregistration, apiregistration, flowcontrol,
    coordination, events, node, extensions,
  ]

  static let meta = """
    @io.k8s.apimachinery.pkg.apis.meta.v1
    TypeMeta apiVersion:string#2 kind:string#1
    ObjectMeta name:string#1 generateName:string#2 namespace:string#3 selfLink:string#4 uid:string#5
     resourceVersion:string#6 generation:int64#7 creationTimestamp:time#8 deletionTimestamp:time?#9
     deletionGracePeriodSeconds:int64?#10 labels:{string}#11 annotations:{string}#12
     ownerReferences:[OwnerReference]@uid#13 finalizers:[string]%#14 managedFields:[ManagedFieldsEntry]?#17
    OwnerReference~ apiVersion:string!#5 kind:string!#1 name:string!#3 uid:string!#4 controller:bool?#6
     blockOwnerDeletion:bool?#7
    ManagedFieldsEntry manager:string#1 operation:string#2 apiVersion:string#3 time:time?#4 fieldsType:string#6
     fieldsV1:any#7 subresource:string#8
    LabelSelector~ matchLabels:{string}#1 matchExpressions:[LabelSelectorRequirement]#2
    LabelSelectorRequirement key:string!#1 operator:string!#2 values:[string]#3
    Condition type:string!#1 status:string!#2 observedGeneration:int64#3 lastTransitionTime:time!#4 reason:string!#5
     message:string!#6
    DeleteOptions apiVersion:string kind:string gracePeriodSeconds:int64?#1 preconditions:Preconditions#2
     orphanDependents:bool?#3 propagationPolicy:string?#4 dryRun:[string]#5
     ignoreStoreReadErrorWithClusterBreakingPotential:bool?#6
    FieldSelectorRequirement key:string!#1 operator:string!#2 values:[string]#3
    Preconditions uid:string?#1 resourceVersion:string?#2
    """

  static let extensions = """
    @io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1
    CustomResourceDefinition apiVersion:string kind:string metadata:ObjectMeta! spec:CustomResourceDefinitionSpec!
     status:CustomResourceDefinitionStatus
    CustomResourceDefinitionSpec group:string! names:CustomResourceDefinitionNames! scope:string!
     versions:[CustomResourceDefinitionVersion]! conversion:CustomResourceConversion preserveUnknownFields:bool
    CustomResourceDefinitionNames plural:string! singular:string shortNames:[string] kind:string! listKind:string
     categories:[string]
    CustomResourceDefinitionVersion name:string! served:bool! storage:bool! deprecated:bool deprecationWarning:string?
     schema:CustomResourceValidation subresources:CustomResourceSubresources
     additionalPrinterColumns:[CustomResourceColumnDefinition] selectableFields:[SelectableField]
    SelectableField jsonPath:string!
    CustomResourceColumnDefinition name:string! type:string! format:string description:string priority:int32
     jsonPath:string!
    CustomResourceValidation openAPIV3Schema:JSONSchemaProps
    CustomResourceSubresources status:deduced scale:CustomResourceSubresourceScale
    CustomResourceSubresourceScale specReplicasPath:string! statusReplicasPath:string! labelSelectorPath:string?
    CustomResourceConversion strategy:string! webhook:any
    CustomResourceDefinitionStatus conditions:[CustomResourceDefinitionCondition]@type^!
     acceptedNames:CustomResourceDefinitionNames! storedVersions:[string]! observedGeneration:int64
    CustomResourceDefinitionCondition type:string! status:string! lastTransitionTime:time reason:string message:string
     observedGeneration:int64
    JSONSchemaProps id:string $schema:string $ref:string? description:string type:string format:string title:string
     default:any maximum:float64? exclusiveMaximum:bool minimum:float64? exclusiveMinimum:bool maxLength:int64?
     minLength:int64? pattern:string maxItems:int64? minItems:int64? uniqueItems:bool multipleOf:float64? enum:[any]
     maxProperties:int64? minProperties:int64? required:[string] items:any allOf:[JSONSchemaProps]
     oneOf:[JSONSchemaProps] anyOf:[JSONSchemaProps] not:JSONSchemaProps properties:{JSONSchemaProps}
     additionalProperties:any patternProperties:{JSONSchemaProps} dependencies:{any} additionalItems:any definitions:{JSONSchemaProps}
     externalDocs:any example:any nullable:bool x-kubernetes-preserve-unknown-fields:bool?
     x-kubernetes-embedded-resource:bool x-kubernetes-int-or-string:bool x-kubernetes-list-map-keys:[string]
     x-kubernetes-list-type:string? x-kubernetes-map-type:string? x-kubernetes-validations:[ValidationRule]@rule
    ValidationRule rule:string! message:string messageExpression:string reason:string? fieldPath:string
     optionalOldSelf:bool?
    """
}
