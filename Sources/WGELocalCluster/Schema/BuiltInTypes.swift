/// The built-in kinds' fields in the language of ``TypeTable``.
///
/// Source: the Kubernetes API reference, v1.36: field names, types, list types and merge keys.
enum BuiltInTypes {
  static let all = [meta, core, pods, workloads, cluster, access, extensions]

  static let meta = """
    TypeMeta apiVersion:string kind:string
    ObjectMeta name:string generateName:string namespace:string selfLink:string uid:string
     resourceVersion:string generation:int64 creationTimestamp:time deletionTimestamp:time?
     deletionGracePeriodSeconds:int64? labels:{string} annotations:{string}
     ownerReferences:[OwnerReference]@uid finalizers:[string]% managedFields:[ManagedFieldsEntry]
    OwnerReference~ apiVersion:string! kind:string! name:string! uid:string! controller:bool? blockOwnerDeletion:bool?
    ManagedFieldsEntry manager:string operation:string apiVersion:string time:time? fieldsType:string fieldsV1:any
     subresource:string
    LabelSelector~ matchLabels:{string} matchExpressions:[LabelSelectorRequirement]
    LabelSelectorRequirement key:string! operator:string! values:[string]
    Condition type:string! status:string! observedGeneration:int64 lastTransitionTime:time! reason:string!
     message:string!
    LocalObjectReference~ name:string
    ObjectReference~ kind:string namespace:string name:string uid:string apiVersion:string resourceVersion:string
     fieldPath:string
    TypedLocalObjectReference~ apiGroup:string? kind:string! name:string!
    TypedObjectReference apiGroup:string? kind:string! name:string! namespace:string?
    Scale apiVersion:string kind:string metadata:ObjectMeta! spec:ScaleSpec! status:ScaleStatus!
    ScaleSpec replicas:int32
    ScaleStatus replicas:int32! selector:string
    DeleteOptions apiVersion:string kind:string gracePeriodSeconds:int64? preconditions:Preconditions
     orphanDependents:bool? propagationPolicy:string? dryRun:[string] ignoreStoreReadErrorWithClusterBreakingPotential:bool?
    Preconditions uid:string? resourceVersion:string?
    """

  static let core = """
    Namespace apiVersion:string kind:string metadata:ObjectMeta! spec:NamespaceSpec! status:NamespaceStatus!
    NamespaceSpec finalizers:[string]
    NamespaceStatus phase:string conditions:[NamespaceCondition]@type
    NamespaceCondition type:string! status:string! lastTransitionTime:time reason:string message:string
    ConfigMap apiVersion:string kind:string metadata:ObjectMeta! immutable:bool? data:{string} binaryData:{bytes}
    Secret apiVersion:string kind:string metadata:ObjectMeta! immutable:bool? data:{bytes} stringData:{string}
     type:string
    ServiceAccount apiVersion:string kind:string metadata:ObjectMeta! secrets:[ObjectReference]@name
     imagePullSecrets:[LocalObjectReference] automountServiceAccountToken:bool?
    Service apiVersion:string kind:string metadata:ObjectMeta! spec:ServiceSpec! status:ServiceStatus!
    ServiceSpec ports:[ServicePort]@port,protocol selector:{string}~ clusterIP:string clusterIPs:[string] type:string
     externalIPs:[string] sessionAffinity:string loadBalancerIP:string loadBalancerSourceRanges:[string]
     externalName:string externalTrafficPolicy:string healthCheckNodePort:int32 publishNotReadyAddresses:bool
     sessionAffinityConfig:SessionAffinityConfig ipFamilies:[string] ipFamilyPolicy:string?
     allocateLoadBalancerNodePorts:bool? loadBalancerClass:string? internalTrafficPolicy:string?
     trafficDistribution:string?
    ServicePort name:string protocol:string=TCP appProtocol:string? port:int32! targetPort:intstr nodePort:int32
    SessionAffinityConfig clientIP:ClientIPConfig
    ClientIPConfig timeoutSeconds:int32?
    ServiceStatus loadBalancer:LoadBalancerStatus! conditions:[Condition]@type
    LoadBalancerStatus ingress:[LoadBalancerIngress]
    LoadBalancerIngress ip:string hostname:string ipMode:string? ports:[PortStatus]
    PortStatus port:int32! protocol:string! error:string?
    Endpoints apiVersion:string kind:string metadata:ObjectMeta! subsets:[EndpointSubset]
    EndpointSubset addresses:[EndpointAddress] notReadyAddresses:[EndpointAddress] ports:[EndpointPort]
    EndpointAddress ip:string! hostname:string nodeName:string? targetRef:ObjectReference
    EndpointPort name:string port:int32! protocol:string appProtocol:string?
    Event apiVersion:string kind:string metadata:ObjectMeta! involvedObject:ObjectReference! reason:string
     message:string source:EventSource! firstTimestamp:time! lastTimestamp:time! count:int32 type:string
     eventTime:microtime! series:EventSeries action:string related:ObjectReference reportingComponent:string!
     reportingInstance:string!
    EventSource component:string host:string
    EventSeries count:int32 lastObservedTime:microtime
    EventsEvent apiVersion:string kind:string metadata:ObjectMeta! eventTime:microtime! series:EventSeries
     reportingController:string reportingInstance:string action:string reason:string regarding:ObjectReference!
     related:ObjectReference note:string type:string deprecatedSource:EventSource! deprecatedFirstTimestamp:time!
     deprecatedLastTimestamp:time! deprecatedCount:int32
    PersistentVolumeClaim apiVersion:string kind:string metadata:ObjectMeta! spec:PersistentVolumeClaimSpec!
     status:PersistentVolumeClaimStatus!
    PersistentVolumeClaimSpec accessModes:[string] selector:LabelSelector resources:VolumeResourceRequirements!
     volumeName:string storageClassName:string? volumeMode:string? dataSource:TypedLocalObjectReference
     dataSourceRef:TypedObjectReference volumeAttributesClassName:string?
    VolumeResourceRequirements limits:{quantity} requests:{quantity}
    PersistentVolumeClaimStatus phase:string accessModes:[string] capacity:{quantity}
     conditions:[PersistentVolumeClaimCondition]@type allocatedResources:{quantity}
     allocatedResourceStatuses:{string} currentVolumeAttributesClassName:string? modifyVolumeStatus:any
    PersistentVolumeClaimCondition type:string! status:string! lastProbeTime:time lastTransitionTime:time
     reason:string message:string
    ResourceQuota apiVersion:string kind:string metadata:ObjectMeta! spec:ResourceQuotaSpec! status:ResourceQuotaStatus!
    ResourceQuotaSpec hard:{quantity} scopes:[string] scopeSelector:any
    ResourceQuotaStatus hard:{quantity} used:{quantity}
    LimitRange apiVersion:string kind:string metadata:ObjectMeta! spec:LimitRangeSpec!
    LimitRangeSpec limits:[any]!
    """

  static let pods = """
    Pod apiVersion:string kind:string metadata:ObjectMeta! spec:PodSpec! status:PodStatus!
    PodTemplateSpec metadata:ObjectMeta! spec:PodSpec!
    PodTemplate apiVersion:string kind:string metadata:ObjectMeta! template:PodTemplateSpec!
    PodSpec volumes:[Volume]@name initContainers:[Container]@name containers:[Container]@name!
     ephemeralContainers:[Container]@name restartPolicy:string terminationGracePeriodSeconds:int64?
     activeDeadlineSeconds:int64? dnsPolicy:string nodeSelector:{string}~ serviceAccountName:string
     serviceAccount:string automountServiceAccountToken:bool? nodeName:string hostNetwork:bool hostPID:bool
     hostIPC:bool shareProcessNamespace:bool? securityContext:PodSecurityContext
     imagePullSecrets:[LocalObjectReference]@name hostname:string subdomain:string affinity:Affinity
     schedulerName:string tolerations:[Toleration] hostAliases:[HostAlias]@ip priorityClassName:string priority:int32?
     dnsConfig:PodDNSConfig readinessGates:[PodReadinessGate] runtimeClassName:string? enableServiceLinks:bool?
     preemptionPolicy:string? overhead:{quantity}
     topologySpreadConstraints:[TopologySpreadConstraint]@topologyKey,whenUnsatisfiable setHostnameAsFQDN:bool?
     os:PodOS hostUsers:bool? schedulingGates:[PodSchedulingGate]@name resourceClaims:[PodResourceClaim]@name
     resources:ResourceRequirements hostnameOverride:string?
    PodOS name:string!
    PodSchedulingGate name:string!
    PodResourceClaim name:string! resourceClaimName:string? resourceClaimTemplateName:string?
    PodReadinessGate conditionType:string!
    PodDNSConfig nameservers:[string] searches:[string] options:[PodDNSConfigOption]
    PodDNSConfigOption name:string value:string?
    HostAlias ip:string! hostnames:[string]
    Toleration key:string operator:string value:string effect:string tolerationSeconds:int64?
    TopologySpreadConstraint maxSkew:int32! topologyKey:string! whenUnsatisfiable:string! labelSelector:LabelSelector
     minDomains:int32? nodeAffinityPolicy:string? nodeTaintsPolicy:string? matchLabelKeys:[string]
    PodSecurityContext seLinuxOptions:SELinuxOptions windowsOptions:any runAsUser:int64? runAsGroup:int64?
     runAsNonRoot:bool? supplementalGroups:[int64] supplementalGroupsPolicy:string? fsGroup:int64? sysctls:[Sysctl]
     fsGroupChangePolicy:string? seccompProfile:SeccompProfile appArmorProfile:AppArmorProfile seLinuxChangePolicy:string?
    SELinuxOptions user:string role:string type:string level:string
    Sysctl name:string! value:string!
    SeccompProfile type:string! localhostProfile:string?
    AppArmorProfile type:string! localhostProfile:string?
    Container name:string! image:string command:[string] args:[string] workingDir:string
     ports:[ContainerPort]@containerPort,protocol envFrom:[EnvFromSource] env:[EnvVar]@name
     resources:ResourceRequirements! resizePolicy:[ContainerResizePolicy] restartPolicy:string? restartPolicyRules:[any]
     volumeMounts:[VolumeMount]@mountPath volumeDevices:[VolumeDevice]@devicePath livenessProbe:Probe
     readinessProbe:Probe startupProbe:Probe lifecycle:Lifecycle terminationMessagePath:string
     terminationMessagePolicy:string imagePullPolicy:string securityContext:SecurityContext stdin:bool
     stdinOnce:bool tty:bool targetContainerName:string
    ContainerPort name:string hostPort:int32 containerPort:int32! protocol:string=TCP hostIP:string
    ContainerResizePolicy resourceName:string! restartPolicy:string!
    EnvFromSource prefix:string configMapRef:ConfigMapEnvSource secretRef:SecretEnvSource
    ConfigMapEnvSource name:string optional:bool?
    SecretEnvSource name:string optional:bool?
    EnvVar name:string! value:string valueFrom:EnvVarSource
    EnvVarSource fieldRef:ObjectFieldSelector resourceFieldRef:ResourceFieldSelector configMapKeyRef:ConfigMapKeySelector
     secretKeyRef:SecretKeySelector fileKeyRef:any
    ObjectFieldSelector~ apiVersion:string fieldPath:string!
    ResourceFieldSelector~ containerName:string resource:string! divisor:quantity
    ConfigMapKeySelector~ name:string key:string! optional:bool?
    SecretKeySelector~ name:string key:string! optional:bool?
    ResourceRequirements limits:{quantity} requests:{quantity} claims:[ResourceClaim]@name
    ResourceClaim name:string! request:string
    VolumeMount name:string! readOnly:bool recursiveReadOnly:string? mountPath:string! subPath:string
     mountPropagation:string? subPathExpr:string
    VolumeDevice name:string! devicePath:string!
    Probe exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction grpc:GRPCAction initialDelaySeconds:int32
     timeoutSeconds:int32 periodSeconds:int32 successThreshold:int32 failureThreshold:int32
     terminationGracePeriodSeconds:int64?
    ExecAction command:[string]
    HTTPGetAction path:string port:intstr! host:string scheme:string httpHeaders:[HTTPHeader]
    HTTPHeader name:string! value:string!
    TCPSocketAction port:intstr! host:string
    GRPCAction port:int32! service:string?
    Lifecycle postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:string?
    LifecycleHandler exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction sleep:SleepAction
    SleepAction seconds:int64!
    SecurityContext capabilities:Capabilities privileged:bool? seLinuxOptions:SELinuxOptions windowsOptions:any
     runAsUser:int64? runAsGroup:int64? runAsNonRoot:bool? readOnlyRootFilesystem:bool?
     allowPrivilegeEscalation:bool? procMount:string? seccompProfile:SeccompProfile appArmorProfile:AppArmorProfile
    Capabilities add:[string] drop:[string]
    Volume name:string! hostPath:HostPathVolumeSource emptyDir:EmptyDirVolumeSource secret:SecretVolumeSource
     configMap:ConfigMapVolumeSource persistentVolumeClaim:PersistentVolumeClaimVolumeSource
     downwardAPI:DownwardAPIVolumeSource projected:ProjectedVolumeSource nfs:NFSVolumeSource csi:CSIVolumeSource
     ephemeral:EphemeralVolumeSource image:ImageVolumeSource gitRepo:any iscsi:any glusterfs:any rbd:any flexVolume:any
     cinder:any cephfs:any flocker:any fc:any azureFile:any vsphereVolume:any quobyte:any azureDisk:any
     photonPersistentDisk:any portworxVolume:any scaleIO:any storageos:any gcePersistentDisk:any
     awsElasticBlockStore:any
    HostPathVolumeSource path:string! type:string?
    EmptyDirVolumeSource medium:string sizeLimit:quantity?
    SecretVolumeSource secretName:string items:[KeyToPath] defaultMode:int32? optional:bool?
    ConfigMapVolumeSource name:string items:[KeyToPath] defaultMode:int32? optional:bool?
    KeyToPath key:string! path:string! mode:int32?
    PersistentVolumeClaimVolumeSource claimName:string! readOnly:bool
    DownwardAPIVolumeSource items:[DownwardAPIVolumeFile] defaultMode:int32?
    DownwardAPIVolumeFile path:string! fieldRef:ObjectFieldSelector resourceFieldRef:ResourceFieldSelector mode:int32?
    ProjectedVolumeSource sources:[VolumeProjection]! defaultMode:int32?
    VolumeProjection secret:SecretProjection downwardAPI:DownwardAPIProjection configMap:ConfigMapProjection
     serviceAccountToken:ServiceAccountTokenProjection clusterTrustBundle:any podCertificate:any
    SecretProjection name:string items:[KeyToPath] optional:bool?
    DownwardAPIProjection items:[DownwardAPIVolumeFile]
    ConfigMapProjection name:string items:[KeyToPath] optional:bool?
    ServiceAccountTokenProjection audience:string expirationSeconds:int64? path:string!
    NFSVolumeSource server:string! path:string! readOnly:bool
    CSIVolumeSource driver:string! readOnly:bool? fsType:string? volumeAttributes:{string}
     nodePublishSecretRef:LocalObjectReference
    EphemeralVolumeSource volumeClaimTemplate:PersistentVolumeClaimTemplate
    PersistentVolumeClaimTemplate metadata:ObjectMeta! spec:PersistentVolumeClaimSpec!
    ImageVolumeSource reference:string pullPolicy:string
    Affinity nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAffinity
    NodeAffinity requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
     preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]
    NodeSelector~ nodeSelectorTerms:[NodeSelectorTerm]!
    NodeSelectorTerm~ matchExpressions:[NodeSelectorRequirement] matchFields:[NodeSelectorRequirement]
    NodeSelectorRequirement key:string! operator:string! values:[string]
    PreferredSchedulingTerm weight:int32! preference:NodeSelectorTerm!
    PodAffinity requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
     preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
    PodAffinityTerm labelSelector:LabelSelector namespaces:[string] topologyKey:string! namespaceSelector:LabelSelector
     matchLabelKeys:[string] mismatchLabelKeys:[string]
    WeightedPodAffinityTerm weight:int32! podAffinityTerm:PodAffinityTerm!
    PodStatus observedGeneration:int64 phase:string conditions:[PodCondition]@type message:string reason:string
     nominatedNodeName:string hostIP:string hostIPs:[HostIP] podIP:string podIPs:[PodIP]@ip startTime:time?
     initContainerStatuses:[ContainerStatus] containerStatuses:[ContainerStatus] qosClass:string
     ephemeralContainerStatuses:[ContainerStatus] resize:string resourceClaimStatuses:[any]
    HostIP ip:string!
    PodIP ip:string!
    PodCondition type:string! observedGeneration:int64 status:string! lastProbeTime:time lastTransitionTime:time
     reason:string message:string
    ContainerStatus name:string! state:ContainerState! lastState:ContainerState! ready:bool! restartCount:int32!
     image:string! imageID:string! containerID:string started:bool? allocatedResources:{quantity}
     resources:ResourceRequirements volumeMounts:[any] user:any allocatedResourcesStatus:[any] stopSignal:string?
    ContainerState waiting:ContainerStateWaiting running:ContainerStateRunning terminated:ContainerStateTerminated
    ContainerStateWaiting reason:string message:string
    ContainerStateRunning startedAt:time
    ContainerStateTerminated exitCode:int32! signal:int32 reason:string message:string startedAt:time finishedAt:time
     containerID:string
    """

  static let workloads = """
    Deployment apiVersion:string kind:string metadata:ObjectMeta! spec:DeploymentSpec! status:DeploymentStatus!
    DeploymentSpec replicas:int32? selector:LabelSelector! template:PodTemplateSpec! strategy:DeploymentStrategy!
     minReadySeconds:int32 revisionHistoryLimit:int32? paused:bool progressDeadlineSeconds:int32?
    DeploymentStrategy type:string rollingUpdate:RollingUpdateDeployment
    RollingUpdateDeployment maxUnavailable:intstr? maxSurge:intstr?
    DeploymentStatus observedGeneration:int64 replicas:int32 updatedReplicas:int32 readyReplicas:int32
     availableReplicas:int32 unavailableReplicas:int32 terminatingReplicas:int32? conditions:[WorkloadCondition]@type
     collisionCount:int32?
    WorkloadCondition type:string! status:string! lastUpdateTime:time lastTransitionTime:time lastProbeTime:time
     reason:string message:string
    ReplicaSet apiVersion:string kind:string metadata:ObjectMeta! spec:ReplicaSetSpec! status:ReplicaSetStatus!
    ReplicaSetSpec replicas:int32? minReadySeconds:int32 selector:LabelSelector! template:PodTemplateSpec!
    ReplicaSetStatus replicas:int32! fullyLabeledReplicas:int32 readyReplicas:int32 availableReplicas:int32
     terminatingReplicas:int32? observedGeneration:int64 conditions:[WorkloadCondition]@type
    ReplicationController apiVersion:string kind:string metadata:ObjectMeta! spec:ReplicationControllerSpec!
     status:ReplicaSetStatus!
    ReplicationControllerSpec replicas:int32? minReadySeconds:int32 selector:{string}~ template:PodTemplateSpec
    StatefulSet apiVersion:string kind:string metadata:ObjectMeta! spec:StatefulSetSpec! status:StatefulSetStatus!
    StatefulSetSpec replicas:int32? selector:LabelSelector! template:PodTemplateSpec!
     volumeClaimTemplates:[PersistentVolumeClaim] serviceName:string! podManagementPolicy:string
     updateStrategy:StatefulSetUpdateStrategy! revisionHistoryLimit:int32? minReadySeconds:int32
     persistentVolumeClaimRetentionPolicy:ClaimRetentionPolicy ordinals:StatefulSetOrdinals
    StatefulSetUpdateStrategy type:string rollingUpdate:RollingUpdateStatefulSet
    RollingUpdateStatefulSet partition:int32? maxUnavailable:intstr?
    ClaimRetentionPolicy whenDeleted:string whenScaled:string
    StatefulSetOrdinals start:int32!
    StatefulSetStatus observedGeneration:int64 replicas:int32! readyReplicas:int32 currentReplicas:int32
     updatedReplicas:int32 currentRevision:string updateRevision:string collisionCount:int32?
     conditions:[WorkloadCondition]@type availableReplicas:int32!
    DaemonSet apiVersion:string kind:string metadata:ObjectMeta! spec:DaemonSetSpec! status:DaemonSetStatus!
    DaemonSetSpec selector:LabelSelector! template:PodTemplateSpec! updateStrategy:DaemonSetUpdateStrategy!
     minReadySeconds:int32 revisionHistoryLimit:int32?
    DaemonSetUpdateStrategy type:string rollingUpdate:RollingUpdateDeployment
    DaemonSetStatus currentNumberScheduled:int32! numberMisscheduled:int32! desiredNumberScheduled:int32!
     numberReady:int32! observedGeneration:int64 updatedNumberScheduled:int32 numberAvailable:int32
     numberUnavailable:int32 collisionCount:int32? conditions:[WorkloadCondition]@type
    ControllerRevision apiVersion:string kind:string metadata:ObjectMeta! data:any revision:int64!
    Job apiVersion:string kind:string metadata:ObjectMeta! spec:JobSpec! status:JobStatus!
    JobSpec parallelism:int32? completions:int32? activeDeadlineSeconds:int64? podFailurePolicy:any successPolicy:any
     backoffLimit:int32? backoffLimitPerIndex:int32? maxFailedIndexes:int32? selector:LabelSelector
     manualSelector:bool? template:PodTemplateSpec! ttlSecondsAfterFinished:int32? completionMode:string? suspend:bool?
     podReplacementPolicy:string? managedBy:string?
    JobStatus conditions:[WorkloadCondition]@type startTime:time? completionTime:time? active:int32 succeeded:int32
     failed:int32 terminating:int32? completedIndexes:string failedIndexes:string? uncountedTerminatedPods:any
     ready:int32?
    JobTemplateSpec metadata:ObjectMeta! spec:JobSpec!
    CronJob apiVersion:string kind:string metadata:ObjectMeta! spec:CronJobSpec! status:CronJobStatus!
    CronJobSpec schedule:string! timeZone:string? startingDeadlineSeconds:int64? concurrencyPolicy:string suspend:bool?
     jobTemplate:JobTemplateSpec! successfulJobsHistoryLimit:int32? failedJobsHistoryLimit:int32?
    CronJobStatus active:[ObjectReference] lastScheduleTime:time? lastSuccessfulTime:time?
    HorizontalPodAutoscaler apiVersion:string kind:string metadata:ObjectMeta! spec:HorizontalPodAutoscalerSpec!
     status:HorizontalPodAutoscalerStatus!
    HorizontalPodAutoscalerSpec scaleTargetRef:CrossVersionObjectReference! minReplicas:int32? maxReplicas:int32!
     metrics:[any] behavior:deduced
    CrossVersionObjectReference~ kind:string! name:string! apiVersion:string
    HorizontalPodAutoscalerStatus observedGeneration:int64? lastScaleTime:time? currentReplicas:int32
     desiredReplicas:int32! currentMetrics:[any]! conditions:[WorkloadCondition]@type
    PodDisruptionBudget apiVersion:string kind:string metadata:ObjectMeta! spec:PodDisruptionBudgetSpec!
     status:PodDisruptionBudgetStatus!
    PodDisruptionBudgetSpec minAvailable:intstr? selector:LabelSelector maxUnavailable:intstr?
     unhealthyPodEvictionPolicy:string?
    PodDisruptionBudgetStatus observedGeneration:int64 disruptedPods:{time} disruptionsAllowed:int32!
     currentHealthy:int32! desiredHealthy:int32! expectedPods:int32! conditions:[Condition]@type
    """

  static let cluster = """
    Node apiVersion:string kind:string metadata:ObjectMeta! spec:NodeSpec! status:NodeStatus!
    NodeSpec podCIDR:string podCIDRs:[string]% providerID:string unschedulable:bool taints:[Taint] configSource:any
     externalID:string
    Taint key:string! value:string effect:string! timeAdded:time?
    NodeStatus capacity:{quantity} allocatable:{quantity} phase:string conditions:[NodeCondition]@type
     addresses:[NodeAddress]@type daemonEndpoints:NodeDaemonEndpoints! nodeInfo:NodeSystemInfo! images:[any]
     volumesInUse:[string] volumesAttached:[any] config:any runtimeHandlers:[any] features:any declaredFeatures:[string]
    NodeCondition type:string! status:string! lastHeartbeatTime:time lastTransitionTime:time reason:string message:string
    NodeAddress type:string! address:string!
    NodeDaemonEndpoints kubeletEndpoint:DaemonEndpoint!
    DaemonEndpoint Port:int32!
    NodeSystemInfo machineID:string! systemUUID:string! bootID:string! kernelVersion:string! osImage:string!
     containerRuntimeVersion:string! kubeletVersion:string! kubeProxyVersion:string! operatingSystem:string!
     architecture:string! swap:any
    PersistentVolume apiVersion:string kind:string metadata:ObjectMeta! spec:deduced! status:PersistentVolumeStatus!
    PersistentVolumeStatus phase:string message:string reason:string lastPhaseTransitionTime:time?
    Lease apiVersion:string kind:string metadata:ObjectMeta! spec:LeaseSpec!
    LeaseSpec holderIdentity:string? leaseDurationSeconds:int32? acquireTime:microtime? renewTime:microtime?
     leaseTransitions:int32? strategy:string? preferredHolder:string?
    Ingress apiVersion:string kind:string metadata:ObjectMeta! spec:IngressSpec! status:IngressStatus!
    IngressSpec ingressClassName:string? defaultBackend:IngressBackend tls:[IngressTLS] rules:[IngressRule]
    IngressTLS hosts:[string] secretName:string
    IngressRule host:string http:HTTPIngressRuleValue
    HTTPIngressRuleValue paths:[HTTPIngressPath]!
    HTTPIngressPath path:string pathType:string? backend:IngressBackend!
    IngressBackend service:IngressServiceBackend resource:TypedLocalObjectReference
    IngressServiceBackend name:string! port:ServiceBackendPort!
    ServiceBackendPort~ name:string number:int32
    IngressStatus loadBalancer:LoadBalancerStatus!
    IngressClass apiVersion:string kind:string metadata:ObjectMeta! spec:IngressClassSpec!
    IngressClassSpec controller:string parameters:any
    NetworkPolicy apiVersion:string kind:string metadata:ObjectMeta! spec:NetworkPolicySpec!
    NetworkPolicySpec podSelector:LabelSelector! ingress:[any] egress:[any] policyTypes:[string]
    EndpointSlice apiVersion:string kind:string metadata:ObjectMeta! addressType:string! endpoints:[any]! ports:[any]!
    StorageClass apiVersion:string kind:string metadata:ObjectMeta! provisioner:string! parameters:{string}
     reclaimPolicy:string? mountOptions:[string] allowVolumeExpansion:bool? volumeBindingMode:string?
     allowedTopologies:[any]
    PriorityClass apiVersion:string kind:string metadata:ObjectMeta! value:int32! globalDefault:bool description:string
     preemptionPolicy:string?
    RuntimeClass apiVersion:string kind:string metadata:ObjectMeta! handler:string! overhead:any scheduling:any
    """

  static let access = """
    Role apiVersion:string kind:string metadata:ObjectMeta! rules:[PolicyRule]!
    ClusterRole apiVersion:string kind:string metadata:ObjectMeta! rules:[PolicyRule]! aggregationRule:AggregationRule
    PolicyRule verbs:[string]! apiGroups:[string] resources:[string] resourceNames:[string] nonResourceURLs:[string]
    AggregationRule clusterRoleSelectors:[LabelSelector]
    RoleBinding apiVersion:string kind:string metadata:ObjectMeta! subjects:[Subject] roleRef:RoleRef!
    ClusterRoleBinding apiVersion:string kind:string metadata:ObjectMeta! subjects:[Subject] roleRef:RoleRef!
    Subject~ kind:string! apiGroup:string name:string! namespace:string
    RoleRef~ apiGroup:string kind:string! name:string!
    SelfSubjectAccessReview apiVersion:string kind:string metadata:ObjectMeta! spec:SelfSubjectAccessReviewSpec!
     status:SubjectAccessReviewStatus!
    SelfSubjectAccessReviewSpec resourceAttributes:ResourceAttributes nonResourceAttributes:NonResourceAttributes
    SubjectAccessReview apiVersion:string kind:string metadata:ObjectMeta! spec:SubjectAccessReviewSpec!
     status:SubjectAccessReviewStatus!
    LocalSubjectAccessReview apiVersion:string kind:string metadata:ObjectMeta! spec:SubjectAccessReviewSpec!
     status:SubjectAccessReviewStatus!
    SubjectAccessReviewSpec resourceAttributes:ResourceAttributes nonResourceAttributes:NonResourceAttributes
     user:string groups:[string] extra:{[string]} uid:string
    ResourceAttributes namespace:string verb:string group:string version:string resource:string subresource:string
     name:string fieldSelector:any labelSelector:any
    NonResourceAttributes path:string verb:string
    SubjectAccessReviewStatus allowed:bool! denied:bool reason:string evaluationError:string
    SelfSubjectRulesReview apiVersion:string kind:string metadata:ObjectMeta! spec:SelfSubjectRulesReviewSpec!
     status:SubjectRulesReviewStatus!
    SelfSubjectRulesReviewSpec namespace:string
    SubjectRulesReviewStatus resourceRules:[any]! nonResourceRules:[any]! incomplete:bool! evaluationError:string
    SelfSubjectReview apiVersion:string kind:string metadata:ObjectMeta! status:SelfSubjectReviewStatus
    SelfSubjectReviewStatus userInfo:UserInfo
    UserInfo username:string uid:string groups:[string] extra:{[string]}
    TokenReview apiVersion:string kind:string metadata:ObjectMeta! spec:TokenReviewSpec! status:TokenReviewStatus!
    TokenReviewSpec token:string audiences:[string]
    TokenReviewStatus authenticated:bool user:UserInfo audiences:[string] error:string
    TokenRequest apiVersion:string kind:string metadata:ObjectMeta! spec:TokenRequestSpec! status:TokenRequestStatus!
    TokenRequestSpec audiences:[string]! expirationSeconds:int64? boundObjectRef:BoundObjectReference
    BoundObjectReference kind:string apiVersion:string name:string uid:string
    TokenRequestStatus token:string! expirationTimestamp:time!
    Eviction apiVersion:string kind:string metadata:ObjectMeta! deleteOptions:DeleteOptions
    Binding apiVersion:string kind:string metadata:ObjectMeta! target:ObjectReference!
    """

  static let extensions = """
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
    CustomResourceDefinitionStatus conditions:[CustomResourceDefinitionCondition]@type!
     acceptedNames:CustomResourceDefinitionNames! storedVersions:[string]! observedGeneration:int64
    CustomResourceDefinitionCondition type:string! status:string! lastTransitionTime:time reason:string message:string
     observedGeneration:int64
    JSONSchemaProps id:string $schema:string $ref:string? description:string type:string format:string title:string
     default:any maximum:float64? exclusiveMaximum:bool minimum:float64? exclusiveMinimum:bool maxLength:int64?
     minLength:int64? pattern:string maxItems:int64? minItems:int64? uniqueItems:bool multipleOf:float64? enum:[any]
     maxProperties:int64? minProperties:int64? required:[string] items:any allOf:[JSONSchemaProps]
     oneOf:[JSONSchemaProps] anyOf:[JSONSchemaProps] not:JSONSchemaProps properties:{JSONSchemaProps}
     additionalProperties:any patternProperties:{JSONSchemaProps} dependencies:any additionalItems:any
     definitions:any externalDocs:any example:any nullable:bool x-kubernetes-preserve-unknown-fields:bool?
     x-kubernetes-embedded-resource:bool x-kubernetes-int-or-string:bool x-kubernetes-list-map-keys:[string]
     x-kubernetes-list-type:string? x-kubernetes-map-type:string? x-kubernetes-validations:[ValidationRule]@rule
    ValidationRule rule:string! message:string messageExpression:string reason:string? fieldPath:string
     optionalOldSelf:bool?
    ValidatingWebhookConfiguration apiVersion:string kind:string metadata:ObjectMeta! webhooks:[any]
    MutatingWebhookConfiguration apiVersion:string kind:string metadata:ObjectMeta! webhooks:[any]
    """
}
