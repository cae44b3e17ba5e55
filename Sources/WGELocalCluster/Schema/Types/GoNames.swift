extension BuiltInTypes {
  /// What Go calls the types of fields where the table only tells their shape, for the decoder's
  /// sentences; `<Name>` is the type that the fields with a number of two parts are embedded by. Names
  /// without a package are those of `v1`.
  static let goNames = """
    APIServiceCondition type:APIServiceConditionType status:ConditionStatus
    AppArmorProfile type:AppArmorProfileType
    AttachedVolume name:UniqueVolumeName
    AzureDiskVolumeSource cachingMode:AzureDataDiskCachingMode kind:AzureDataDiskKind
    BoundObjectReference uid:types.UID
    CSIDriverSpec volumeLifecycleModes:[]VolumeLifecycleMode fsGroupPolicy:FSGroupPolicy
    Capabilities add:[]Capability drop:[]Capability
    CertificateSigningRequestCondition type:RequestConditionType status:ConditionStatus
    CertificateSigningRequestSpec usages:[]KeyUsage extra:map[string]ExtraValue
    ComponentCondition type:ComponentConditionType status:ConditionStatus
    Condition status:ConditionStatus
    ConfigMapEnvSource <LocalObjectReference>
    ConfigMapKeySelector <LocalObjectReference>
    ConfigMapNodeConfigSource uid:types.UID
    ConfigMapProjection <LocalObjectReference>
    ConfigMapVolumeSource <LocalObjectReference>
    Container restartPolicy:ContainerRestartPolicy terminationMessagePolicy:TerminationMessagePolicy
     imagePullPolicy:PullPolicy
    ContainerPort protocol:Protocol
    ContainerResizePolicy resourceName:ResourceName restartPolicy:ResourceResizeRestartPolicy
    ContainerResourceMetricSource name:ResourceName
    ContainerResourceMetricStatus name:ResourceName
    ContainerRestartRule action:ContainerRestartRuleAction
    ContainerRestartRuleOnExitCodes operator:ContainerRestartRuleOnExitCodesOperator
    ContainerStatus allocatedResources:ResourceList stopSignal:Signal
    CronJobSpec concurrencyPolicy:ConcurrencyPolicy
    CustomResourceConversion strategy:ConversionStrategyType
    CustomResourceDefinitionCondition type:CustomResourceDefinitionConditionType status:ConditionStatus
    CustomResourceDefinitionSpec scope:ResourceScope
    DaemonSetCondition type:DaemonSetConditionType status:ConditionStatus
    DaemonSetUpdateStrategy type:DaemonSetUpdateStrategyType
    DeleteOptions propagationPolicy:DeletionPropagation
    DeploymentCondition type:DeploymentConditionType status:ConditionStatus
    DeploymentStrategy type:DeploymentStrategyType
    EmptyDirVolumeSource medium:StorageMedium
    EndpointPort protocol:Protocol
    EndpointSlice addressType:AddressType
    EphemeralContainer <EphemeralContainerCommon> restartPolicy:ContainerRestartPolicy
     terminationMessagePolicy:TerminationMessagePolicy imagePullPolicy:PullPolicy
    FieldSelectorRequirement operator:FieldSelectorOperator
    FlowDistinguisherMethod type:FlowDistinguisherMethodType
    FlowSchemaCondition type:FlowSchemaConditionType status:ConditionStatus
    HPAScalingPolicy type:v2.HPAScalingPolicyType
    HPAScalingRules selectPolicy:v2.ScalingPolicySelect
    HTTPGetAction scheme:URIScheme
    HTTPIngressPath pathType:PathType
    HorizontalPodAutoscalerCondition type:v2.HorizontalPodAutoscalerConditionType status:ConditionStatus
    HostPathVolumeSource type:HostPathType
    ImageVolumeSource pullPolicy:PullPolicy
    IngressPortStatus protocol:Protocol
    IngressRule <IngressRuleValue>
    JSONSchemaProps $schema:JSONSchemaURL
    JobCondition type:JobConditionType status:ConditionStatus
    JobSpec completionMode:CompletionMode podReplacementPolicy:PodReplacementPolicy
    LabelSelectorRequirement operator:LabelSelectorOperator
    LeaseSpec strategy:CoordinatedLeaseStrategy
    Lifecycle stopSignal:Signal
    LimitRangeItem type:LimitType max:ResourceList min:ResourceList default:ResourceList defaultRequest:ResourceList
     maxLimitRequestRatio:ResourceList
    LimitResponse type:LimitResponseType
    LoadBalancerIngress ipMode:LoadBalancerIPMode
    ManagedFieldsEntry operation:ManagedFieldsOperationType
    MatchResources matchPolicy:MatchPolicyType
    MetricSpec type:v2.MetricSourceType
    MetricStatus type:v2.MetricSourceType
    MetricTarget type:v2.MetricTargetType
    ModifyVolumeStatus status:PersistentVolumeClaimModifyVolumeStatus
    MutatingAdmissionPolicySpec failurePolicy:FailurePolicyType reinvocationPolicy:ReinvocationPolicyType
    MutatingWebhook failurePolicy:FailurePolicyType matchPolicy:MatchPolicyType sideEffects:SideEffectClass
     reinvocationPolicy:ReinvocationPolicyType
    Mutation patchType:PatchType
    NamedRuleWithOperations operations:[]OperationType scope:ScopeType
    NamespaceCondition type:NamespaceConditionType status:ConditionStatus
    NamespaceSpec finalizers:[]FinalizerName
    NamespaceStatus phase:NamespacePhase
    NetworkPolicyPort protocol:Protocol
    NetworkPolicySpec policyTypes:[]PolicyType
    NodeAddress type:NodeAddressType
    NodeAllocatableResourceClaimStatus resources:map[ResourceName]resource.Quantity
    NodeCondition type:NodeConditionType status:ConditionStatus
    NodeSelectorRequirement operator:NodeSelectorOperator
    NodeStatus capacity:ResourceList allocatable:ResourceList phase:NodePhase volumesInUse:[]UniqueVolumeName
    ObjectMeta uid:types.UID
    ObjectReference uid:types.UID
    Overhead podFixed:ResourceList
    OwnerReference uid:types.UID
    ParamRef parameterNotFoundAction:ParameterNotFoundActionType
    PersistentVolumeClaimCondition type:PersistentVolumeClaimConditionType status:ConditionStatus
    PersistentVolumeClaimSpec accessModes:[]PersistentVolumeAccessMode volumeMode:PersistentVolumeMode
    PersistentVolumeClaimStatus phase:PersistentVolumeClaimPhase accessModes:[]PersistentVolumeAccessMode
     capacity:ResourceList allocatedResources:ResourceList
     allocatedResourceStatuses:map[ResourceName]ClaimResourceStatus
    PersistentVolumeSpec <PersistentVolumeSource> capacity:ResourceList accessModes:[]PersistentVolumeAccessMode
     persistentVolumeReclaimPolicy:PersistentVolumeReclaimPolicy volumeMode:PersistentVolumeMode
    PersistentVolumeStatus phase:PersistentVolumePhase
    PodCondition type:PodConditionType status:ConditionStatus
    PodDisruptionBudgetSpec unhealthyPodEvictionPolicy:UnhealthyPodEvictionPolicyType
    PodFailurePolicyOnExitCodesRequirement operator:PodFailurePolicyOnExitCodesOperator
    PodFailurePolicyOnPodConditionsPattern type:PodConditionType status:ConditionStatus
    PodFailurePolicyRule action:PodFailurePolicyAction
    PodOS name:OSName
    PodReadinessGate conditionType:PodConditionType
    PodSecurityContext supplementalGroupsPolicy:SupplementalGroupsPolicy fsGroupChangePolicy:PodFSGroupChangePolicy
     seLinuxChangePolicy:PodSELinuxChangePolicy
    PodSpec restartPolicy:RestartPolicy dnsPolicy:DNSPolicy preemptionPolicy:PreemptionPolicy overhead:ResourceList
    PodStatus phase:PodPhase qosClass:PodQOSClass resize:PodResizeStatus allocatedResources:ResourceList
    PortStatus protocol:Protocol
    Preconditions uid:types.UID
    PriorityClass preemptionPolicy:PreemptionPolicy
    PriorityLevelConfigurationCondition type:PriorityLevelConfigurationConditionType status:ConditionStatus
    PriorityLevelConfigurationSpec type:PriorityLevelEnablement
    Probe <ProbeHandler>
    ReplicaSetCondition type:ReplicaSetConditionType status:ConditionStatus
    ReplicationControllerCondition type:ReplicationControllerConditionType status:ConditionStatus
    ResourceHealth resourceID:ResourceID health:ResourceHealthStatus
    ResourceMetricSource name:ResourceName
    ResourceMetricStatus name:ResourceName
    ResourceQuotaSpec hard:ResourceList scopes:[]ResourceQuotaScope
    ResourceQuotaStatus hard:ResourceList used:ResourceList
    ResourceRequirements limits:ResourceList requests:ResourceList
    ResourceStatus name:ResourceName
    RuleWithOperations <Rule> operations:[]OperationType scope:ScopeType
    ScopedResourceSelectorRequirement scopeName:ResourceQuotaScope operator:ScopeSelectorOperator
    SeccompProfile type:SeccompProfileType
    Secret type:SecretType
    SecretEnvSource <LocalObjectReference>
    SecretKeySelector <LocalObjectReference>
    SecretProjection <LocalObjectReference>
    SecurityContext procMount:ProcMountType
    ServicePort protocol:Protocol
    ServiceSpec type:ServiceType sessionAffinity:ServiceAffinity externalTrafficPolicy:ServiceExternalTrafficPolicy
     ipFamilies:[]IPFamily ipFamilyPolicy:IPFamilyPolicy internalTrafficPolicy:ServiceInternalTrafficPolicy
    StatefulSetCondition type:StatefulSetConditionType status:ConditionStatus
    StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted:PersistentVolumeClaimRetentionPolicyType
     whenScaled:PersistentVolumeClaimRetentionPolicyType
    StatefulSetSpec podManagementPolicy:PodManagementPolicyType
    StatefulSetUpdateStrategy type:StatefulSetUpdateStrategyType
    StorageClass reclaimPolicy:PersistentVolumeReclaimPolicy volumeBindingMode:VolumeBindingMode
    SubjectAccessReviewSpec extra:map[string]ExtraValue
    Taint effect:TaintEffect
    Toleration operator:TolerationOperator effect:TaintEffect
    TopologySpreadConstraint whenUnsatisfiable:UnsatisfiableConstraintAction nodeAffinityPolicy:NodeInclusionPolicy
     nodeTaintsPolicy:NodeInclusionPolicy
    UncountedTerminatedPods succeeded:[]types.UID failed:[]types.UID
    UserInfo extra:map[string]ExtraValue
    ValidatingAdmissionPolicyBindingSpec validationActions:[]ValidationAction
    ValidatingAdmissionPolicySpec failurePolicy:FailurePolicyType
    ValidatingWebhook failurePolicy:FailurePolicyType matchPolicy:MatchPolicyType sideEffects:SideEffectClass
    Validation reason:StatusReason
    ValidationRule reason:FieldValueErrorReason
    Volume <VolumeSource>
    VolumeMount recursiveReadOnly:RecursiveReadOnlyMode mountPropagation:MountPropagationMode
    VolumeMountStatus recursiveReadOnly:RecursiveReadOnlyMode
    VolumeResourceRequirements limits:ResourceList requests:ResourceList
    discovery.EndpointPort protocol:Protocol
    flowcontrol.Subject kind:SubjectKind
    """
}
