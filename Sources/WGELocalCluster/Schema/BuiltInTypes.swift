/// The built-in kinds' fields in the language of ``TypeTable``.
///
/// Source: the Kubernetes API reference, v1.36: field names, types, list types and merge keys.
enum BuiltInTypes {
  static let all = [meta, core, pods, workloads, cluster, access, extensions]

  static let meta = """
    TypeMeta apiVersion:string#2 kind:string#1
    ObjectMeta name:string#1 generateName:string#2 namespace:string#3 selfLink:string#4 uid:string#5
     resourceVersion:string#6 generation:int64#7 creationTimestamp:time#8 deletionTimestamp:time?#9
     deletionGracePeriodSeconds:int64?#10 labels:{string}#11 annotations:{string}#12
     ownerReferences:[OwnerReference]@uid#13 finalizers:[string]%#14 managedFields:[ManagedFieldsEntry]#17
    OwnerReference~ apiVersion:string!#5 kind:string!#1 name:string!#3 uid:string!#4 controller:bool?#6
     blockOwnerDeletion:bool?#7
    ManagedFieldsEntry manager:string#1 operation:string#2 apiVersion:string#3 time:time?#4 fieldsType:string#6
     fieldsV1:any#7 subresource:string#8
    LabelSelector~ matchLabels:{string}#1 matchExpressions:[LabelSelectorRequirement]#2
    LabelSelectorRequirement key:string!#1 operator:string!#2 values:[string]#3
    Condition type:string!#1 status:string!#2 observedGeneration:int64#3 lastTransitionTime:time!#4 reason:string!#5
     message:string!#6
    LocalObjectReference~ name:string#1
    ObjectReference~ kind:string#1 namespace:string#2 name:string#3 uid:string#4 apiVersion:string#5
     resourceVersion:string#6 fieldPath:string#7
    TypedLocalObjectReference~ apiGroup:string?#1 kind:string!#2 name:string!#3
    TypedObjectReference apiGroup:string?#1 kind:string!#2 name:string!#3 namespace:string?#4
    Scale apiVersion:string kind:string metadata:ObjectMeta!#1 spec:ScaleSpec!#2 status:ScaleStatus!#3
    ScaleSpec replicas:int32#1
    ScaleStatus replicas:int32!#1 selector:string#2
    DeleteOptions apiVersion:string kind:string gracePeriodSeconds:int64?#1 preconditions:Preconditions#2
     orphanDependents:bool?#3 propagationPolicy:string?#4 dryRun:[string]#5
     ignoreStoreReadErrorWithClusterBreakingPotential:bool?#6
    Preconditions uid:string?#1 resourceVersion:string?#2
    """

  static let core = """
    Namespace apiVersion:string kind:string metadata:ObjectMeta!#1 spec:NamespaceSpec!#2 status:NamespaceStatus!#3
    NamespaceSpec finalizers:[string]#1
    NamespaceStatus phase:string#1 conditions:[NamespaceCondition]@type#2
    NamespaceCondition type:string!#1 status:string!#2 lastTransitionTime:time#4 reason:string#5 message:string#6
    ConfigMap apiVersion:string kind:string metadata:ObjectMeta!#1 immutable:bool?#4 data:{string}#2
     binaryData:{bytes}#3
    Secret apiVersion:string kind:string metadata:ObjectMeta!#1 immutable:bool?#5 data:{bytes}#2 stringData:{string}#4
     type:string#3
    ServiceAccount apiVersion:string kind:string metadata:ObjectMeta!#1 secrets:[ObjectReference]@name#2
     imagePullSecrets:[LocalObjectReference]#3 automountServiceAccountToken:bool?#4
    Service apiVersion:string kind:string metadata:ObjectMeta!#1 spec:ServiceSpec!#2 status:ServiceStatus!#3
    ServiceSpec ports:[ServicePort]@port,protocol#1 selector:{string}~#2 clusterIP:string#3 clusterIPs:[string]#18
     type:string#4 externalIPs:[string]#5 sessionAffinity:string#7 loadBalancerIP:string#8
     loadBalancerSourceRanges:[string]#9 externalName:string#10 externalTrafficPolicy:string#11
     healthCheckNodePort:int32#12 publishNotReadyAddresses:bool#13 sessionAffinityConfig:SessionAffinityConfig#14
     ipFamilies:[string]#19 ipFamilyPolicy:string?#17 allocateLoadBalancerNodePorts:bool?#20
     loadBalancerClass:string?#21 internalTrafficPolicy:string?#22 trafficDistribution:string?#23
    ServicePort name:string#1 protocol:string=TCP#2 appProtocol:string?#6 port:int32!#3 targetPort:intstr#4
     nodePort:int32#5
    SessionAffinityConfig clientIP:ClientIPConfig#1
    ClientIPConfig timeoutSeconds:int32?#1
    ServiceStatus loadBalancer:LoadBalancerStatus!#1 conditions:[Condition]@type#2
    LoadBalancerStatus ingress:[LoadBalancerIngress]#1
    LoadBalancerIngress ip:string#1 hostname:string#2 ipMode:string?#3 ports:[PortStatus]#4
    PortStatus port:int32!#1 protocol:string!#2 error:string?#3
    Endpoints apiVersion:string kind:string metadata:ObjectMeta!#1 subsets:[EndpointSubset]#2
    EndpointSubset addresses:[EndpointAddress]#1 notReadyAddresses:[EndpointAddress]#2 ports:[EndpointPort]#3
    EndpointAddress ip:string!#1 hostname:string#3 nodeName:string?#4 targetRef:ObjectReference#2
    EndpointPort name:string#1 port:int32!#2 protocol:string#3 appProtocol:string?#4
    Event apiVersion:string kind:string metadata:ObjectMeta!#1 involvedObject:ObjectReference!#2 reason:string#3
     message:string#4 source:EventSource!#5 firstTimestamp:time!#6 lastTimestamp:time!#7 count:int32#8 type:string#9
     eventTime:microtime!#10 series:EventSeries#11 action:string#12 related:ObjectReference#13
     reportingComponent:string!#14 reportingInstance:string!#15
    EventSource component:string#1 host:string#2
    EventSeries count:int32#1 lastObservedTime:microtime#2
    EventsEvent apiVersion:string kind:string metadata:ObjectMeta!#1 eventTime:microtime!#2 series:EventSeries#3
     reportingController:string#4 reportingInstance:string#5 action:string#6 reason:string#7
     regarding:ObjectReference!#8 related:ObjectReference#9 note:string#10 type:string#11
     deprecatedSource:EventSource!#12 deprecatedFirstTimestamp:time!#13 deprecatedLastTimestamp:time!#14
     deprecatedCount:int32#15
    PersistentVolumeClaim apiVersion:string kind:string metadata:ObjectMeta!#1 spec:PersistentVolumeClaimSpec!#2
     status:PersistentVolumeClaimStatus!#3
    PersistentVolumeClaimSpec accessModes:[string]#1 selector:LabelSelector#4 resources:VolumeResourceRequirements!#2
     volumeName:string#3 storageClassName:string?#5 volumeMode:string?#6 dataSource:TypedLocalObjectReference#7
     dataSourceRef:TypedObjectReference#8 volumeAttributesClassName:string?#9
    VolumeResourceRequirements limits:{quantity}#1 requests:{quantity}#2
    PersistentVolumeClaimStatus phase:string#1 accessModes:[string]#2 capacity:{quantity}#3
     conditions:[PersistentVolumeClaimCondition]@type#4 allocatedResources:{quantity}#5
     allocatedResourceStatuses:{string}#7 currentVolumeAttributesClassName:string?#8 modifyVolumeStatus:any#9
    PersistentVolumeClaimCondition type:string!#1 status:string!#2 lastProbeTime:time#3 lastTransitionTime:time#4
     reason:string#5 message:string#6
    ResourceQuota apiVersion:string kind:string metadata:ObjectMeta!#1 spec:ResourceQuotaSpec!#2
     status:ResourceQuotaStatus!#3
    ResourceQuotaSpec hard:{quantity}#1 scopes:[string]#2 scopeSelector:any#3
    ResourceQuotaStatus hard:{quantity}#1 used:{quantity}#2
    LimitRange apiVersion:string kind:string metadata:ObjectMeta!#1 spec:LimitRangeSpec!#2
    LimitRangeSpec limits:[any]!#1
    """

  static let pods = """
    Pod apiVersion:string kind:string metadata:ObjectMeta!#1 spec:PodSpec!#2 status:PodStatus!#3
    PodTemplateSpec metadata:ObjectMeta!#1 spec:PodSpec!#2
    PodTemplate apiVersion:string kind:string metadata:ObjectMeta!#1 template:PodTemplateSpec!#2
    PodSpec volumes:[Volume]@name#1 initContainers:[Container]@name#20 containers:[Container]@name!#2
     ephemeralContainers:[Container]@name#34 restartPolicy:string#3 terminationGracePeriodSeconds:int64?#4
     activeDeadlineSeconds:int64?#5 dnsPolicy:string#6 nodeSelector:{string}~#7 serviceAccountName:string#8
     serviceAccount:string#9 automountServiceAccountToken:bool?#21 nodeName:string#10 hostNetwork:bool#11
     hostPID:bool#12 hostIPC:bool#13 shareProcessNamespace:bool?#27 securityContext:PodSecurityContext#14
     imagePullSecrets:[LocalObjectReference]@name#15 hostname:string#16 subdomain:string#17 affinity:Affinity#18
     schedulerName:string#19 tolerations:[Toleration]#22 hostAliases:[HostAlias]@ip#23 priorityClassName:string#24
     priority:int32?#25 dnsConfig:PodDNSConfig#26 readinessGates:[PodReadinessGate]#28 runtimeClassName:string?#29
     enableServiceLinks:bool?#30 preemptionPolicy:string?#31 overhead:{quantity}#32
     topologySpreadConstraints:[TopologySpreadConstraint]@topologyKey,whenUnsatisfiable#33 setHostnameAsFQDN:bool?#35
     os:PodOS#36 hostUsers:bool?#37 schedulingGates:[PodSchedulingGate]@name#38
     resourceClaims:[PodResourceClaim]@name#39 resources:ResourceRequirements#40 hostnameOverride:string?#41
    PodOS name:string!#1
    PodSchedulingGate name:string!#1
    PodResourceClaim name:string!#1 resourceClaimName:string?#3 resourceClaimTemplateName:string?#4
    PodReadinessGate conditionType:string!#1
    PodDNSConfig nameservers:[string]#1 searches:[string]#2 options:[PodDNSConfigOption]#3
    PodDNSConfigOption name:string#1 value:string?#2
    HostAlias ip:string!#1 hostnames:[string]#2
    Toleration key:string#1 operator:string#2 value:string#3 effect:string#4 tolerationSeconds:int64?#5
    TopologySpreadConstraint maxSkew:int32!#1 topologyKey:string!#2 whenUnsatisfiable:string!#3
     labelSelector:LabelSelector#4 minDomains:int32?#5 nodeAffinityPolicy:string?#6 nodeTaintsPolicy:string?#7
     matchLabelKeys:[string]#8
    PodSecurityContext seLinuxOptions:SELinuxOptions#1 windowsOptions:any#8 runAsUser:int64?#2 runAsGroup:int64?#6
     runAsNonRoot:bool?#3 supplementalGroups:[int64]#4 supplementalGroupsPolicy:string?#12 fsGroup:int64?#5
     sysctls:[Sysctl]#7 fsGroupChangePolicy:string?#9 seccompProfile:SeccompProfile#10
     appArmorProfile:AppArmorProfile#11 seLinuxChangePolicy:string?#13
    SELinuxOptions user:string#1 role:string#2 type:string#3 level:string#4
    Sysctl name:string!#1 value:string!#2
    SeccompProfile type:string!#1 localhostProfile:string?#2
    AppArmorProfile type:string!#1 localhostProfile:string?#2
    Container name:string!#1 image:string#2 command:[string]#3 args:[string]#4 workingDir:string#5
     ports:[ContainerPort]@containerPort,protocol#6 envFrom:[EnvFromSource]#19 env:[EnvVar]@name#7
     resources:ResourceRequirements!#8 resizePolicy:[ContainerResizePolicy]#23 restartPolicy:string?#24
     restartPolicyRules:[any]#25 volumeMounts:[VolumeMount]@mountPath#9 volumeDevices:[VolumeDevice]@devicePath#21
     livenessProbe:Probe#10 readinessProbe:Probe#11 startupProbe:Probe#22 lifecycle:Lifecycle#12
     terminationMessagePath:string#13 terminationMessagePolicy:string#20 imagePullPolicy:string#14
     securityContext:SecurityContext#15 stdin:bool#16 stdinOnce:bool#17 tty:bool#18 targetContainerName:string
    ContainerPort name:string#1 hostPort:int32#2 containerPort:int32!#3 protocol:string=TCP#4 hostIP:string#5
    ContainerResizePolicy resourceName:string!#1 restartPolicy:string!#2
    EnvFromSource prefix:string#1 configMapRef:ConfigMapEnvSource#2 secretRef:SecretEnvSource#3
    ConfigMapEnvSource name:string#1.1 optional:bool?#2
    SecretEnvSource name:string#1.1 optional:bool?#2
    EnvVar name:string!#1 value:string#2 valueFrom:EnvVarSource#3
    EnvVarSource fieldRef:ObjectFieldSelector#1 resourceFieldRef:ResourceFieldSelector#2
     configMapKeyRef:ConfigMapKeySelector#3 secretKeyRef:SecretKeySelector#4 fileKeyRef:any#5
    ObjectFieldSelector~ apiVersion:string#1 fieldPath:string!#2
    ResourceFieldSelector~ containerName:string#1 resource:string!#2 divisor:quantity#3
    ConfigMapKeySelector~ name:string#1.1 key:string!#2 optional:bool?#3
    SecretKeySelector~ name:string#1.1 key:string!#2 optional:bool?#3
    ResourceRequirements limits:{quantity}#1 requests:{quantity}#2 claims:[ResourceClaim]@name#3
    ResourceClaim name:string!#1 request:string#2
    VolumeMount name:string!#1 readOnly:bool#2 recursiveReadOnly:string?#7 mountPath:string!#3 subPath:string#4
     mountPropagation:string?#5 subPathExpr:string#6
    VolumeDevice name:string!#1 devicePath:string!#2
    Probe exec:ExecAction#1.1 httpGet:HTTPGetAction#1.2 tcpSocket:TCPSocketAction#1.3 grpc:GRPCAction#1.4
     initialDelaySeconds:int32#2 timeoutSeconds:int32#3 periodSeconds:int32#4 successThreshold:int32#5
     failureThreshold:int32#6 terminationGracePeriodSeconds:int64?#7
    ExecAction command:[string]#1
    HTTPGetAction path:string#1 port:intstr!#2 host:string#3 scheme:string#4 httpHeaders:[HTTPHeader]#5
    HTTPHeader name:string!#1 value:string!#2
    TCPSocketAction port:intstr!#1 host:string#2
    GRPCAction port:int32!#1 service:string?#2
    Lifecycle postStart:LifecycleHandler#1 preStop:LifecycleHandler#2 stopSignal:string?#3
    LifecycleHandler exec:ExecAction#1 httpGet:HTTPGetAction#2 tcpSocket:TCPSocketAction#3 sleep:SleepAction#4
    SleepAction seconds:int64!#1
    SecurityContext capabilities:Capabilities#1 privileged:bool?#2 seLinuxOptions:SELinuxOptions#3
     windowsOptions:any#10 runAsUser:int64?#4 runAsGroup:int64?#8 runAsNonRoot:bool?#5 readOnlyRootFilesystem:bool?#6
     allowPrivilegeEscalation:bool?#7 procMount:string?#9 seccompProfile:SeccompProfile#11
     appArmorProfile:AppArmorProfile#12
    Capabilities add:[string]#1 drop:[string]#2
    Volume name:string!#1 hostPath:HostPathVolumeSource#2.1 emptyDir:EmptyDirVolumeSource#2.2
     secret:SecretVolumeSource#2.6 configMap:ConfigMapVolumeSource#2.19
     persistentVolumeClaim:PersistentVolumeClaimVolumeSource#2.10 downwardAPI:DownwardAPIVolumeSource#2.16
     projected:ProjectedVolumeSource#2.26 nfs:NFSVolumeSource#2.7 csi:CSIVolumeSource#2.28
     ephemeral:EphemeralVolumeSource#2.29 image:ImageVolumeSource#2.30 gitRepo:any#2.5 iscsi:any#2.8 glusterfs:any#2.9
     rbd:any#2.11 flexVolume:any#2.12 cinder:any#2.13 cephfs:any#2.14 flocker:any#2.15 fc:any#2.17 azureFile:any#2.18
     vsphereVolume:any#2.20 quobyte:any#2.21 azureDisk:any#2.22 photonPersistentDisk:any#2.23 portworxVolume:any#2.24
     scaleIO:any#2.25 storageos:any#2.27 gcePersistentDisk:any#2.3 awsElasticBlockStore:any#2.4
    HostPathVolumeSource path:string!#1 type:string?#2
    EmptyDirVolumeSource medium:string#1 sizeLimit:quantity?#2
    SecretVolumeSource secretName:string#1 items:[KeyToPath]#2 defaultMode:int32?#3 optional:bool?#4
    ConfigMapVolumeSource name:string#1.1 items:[KeyToPath]#2 defaultMode:int32?#3 optional:bool?#4
    KeyToPath key:string!#1 path:string!#2 mode:int32?#3
    PersistentVolumeClaimVolumeSource claimName:string!#1 readOnly:bool#2
    DownwardAPIVolumeSource items:[DownwardAPIVolumeFile]#1 defaultMode:int32?#2
    DownwardAPIVolumeFile path:string!#1 fieldRef:ObjectFieldSelector#2 resourceFieldRef:ResourceFieldSelector#3
     mode:int32?#4
    ProjectedVolumeSource sources:[VolumeProjection]!#1 defaultMode:int32?#2
    VolumeProjection secret:SecretProjection#1 downwardAPI:DownwardAPIProjection#2 configMap:ConfigMapProjection#3
     serviceAccountToken:ServiceAccountTokenProjection#4 clusterTrustBundle:any#5 podCertificate:any#6
    SecretProjection name:string#1.1 items:[KeyToPath]#2 optional:bool?#4
    DownwardAPIProjection items:[DownwardAPIVolumeFile]#1
    ConfigMapProjection name:string#1.1 items:[KeyToPath]#2 optional:bool?#4
    ServiceAccountTokenProjection audience:string#1 expirationSeconds:int64?#2 path:string!#3
    NFSVolumeSource server:string!#1 path:string!#2 readOnly:bool#3
    CSIVolumeSource driver:string!#1 readOnly:bool?#2 fsType:string?#3 volumeAttributes:{string}#4
     nodePublishSecretRef:LocalObjectReference#5
    EphemeralVolumeSource volumeClaimTemplate:PersistentVolumeClaimTemplate#1
    PersistentVolumeClaimTemplate metadata:ObjectMeta!#1 spec:PersistentVolumeClaimSpec!#2
    ImageVolumeSource reference:string#1 pullPolicy:string#2
    Affinity nodeAffinity:NodeAffinity#1 podAffinity:PodAffinity#2 podAntiAffinity:PodAffinity#3
    NodeAffinity requiredDuringSchedulingIgnoredDuringExecution:NodeSelector#1
     preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]#2
    NodeSelector~ nodeSelectorTerms:[NodeSelectorTerm]!#1
    NodeSelectorTerm~ matchExpressions:[NodeSelectorRequirement]#1 matchFields:[NodeSelectorRequirement]#2
    NodeSelectorRequirement key:string!#1 operator:string!#2 values:[string]#3
    PreferredSchedulingTerm weight:int32!#1 preference:NodeSelectorTerm!#2
    PodAffinity requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]#1
     preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]#2
    PodAffinityTerm labelSelector:LabelSelector#1 namespaces:[string]#2 topologyKey:string!#3
     namespaceSelector:LabelSelector#4 matchLabelKeys:[string]#5 mismatchLabelKeys:[string]#6
    WeightedPodAffinityTerm weight:int32!#1 podAffinityTerm:PodAffinityTerm!#2
    PodStatus observedGeneration:int64#17 phase:string#1 conditions:[PodCondition]@type#2 message:string#3
     reason:string#4 nominatedNodeName:string#11 hostIP:string#5 hostIPs:[HostIP]#16 podIP:string#6
     podIPs:[PodIP]@ip#12 startTime:time?#7 initContainerStatuses:[ContainerStatus]#10
     containerStatuses:[ContainerStatus]#8 qosClass:string#9 ephemeralContainerStatuses:[ContainerStatus]#13
     resize:string#14 resourceClaimStatuses:[any]#15
    HostIP ip:string!#1
    PodIP ip:string!#1
    PodCondition type:string!#1 observedGeneration:int64#7 status:string!#2 lastProbeTime:time#3
     lastTransitionTime:time#4 reason:string#5 message:string#6
    ContainerStatus name:string!#1 state:ContainerState!#2 lastState:ContainerState!#3 ready:bool!#4
     restartCount:int32!#5 image:string!#6 imageID:string!#7 containerID:string#8 started:bool?#9
     allocatedResources:{quantity}#10 resources:ResourceRequirements#11 volumeMounts:[any]#12 user:any#13
     allocatedResourcesStatus:[any]#14 stopSignal:string?#15
    ContainerState waiting:ContainerStateWaiting#1 running:ContainerStateRunning#2
     terminated:ContainerStateTerminated#3
    ContainerStateWaiting reason:string#1 message:string#2
    ContainerStateRunning startedAt:time#1
    ContainerStateTerminated exitCode:int32!#1 signal:int32#2 reason:string#3 message:string#4 startedAt:time#5
     finishedAt:time#6 containerID:string#7
    """

  static let workloads = """
    Deployment apiVersion:string kind:string metadata:ObjectMeta!#1 spec:DeploymentSpec!#2 status:DeploymentStatus!#3
    DeploymentSpec replicas:int32?#1 selector:LabelSelector!#2 template:PodTemplateSpec!#3
     strategy:DeploymentStrategy!#4 minReadySeconds:int32#5 revisionHistoryLimit:int32?#6 paused:bool#7
     progressDeadlineSeconds:int32?#9
    DeploymentStrategy type:string#1 rollingUpdate:RollingUpdateDeployment#2
    RollingUpdateDeployment maxUnavailable:intstr?#1 maxSurge:intstr?#2
    DeploymentStatus observedGeneration:int64#1 replicas:int32#2 updatedReplicas:int32#3 readyReplicas:int32#7
     availableReplicas:int32#4 unavailableReplicas:int32#5 terminatingReplicas:int32?#9
     conditions:[WorkloadCondition]@type#6 collisionCount:int32?#8
    WorkloadCondition type:string!#1 status:string!#2 lastUpdateTime:time#6 lastTransitionTime:time#7
     lastProbeTime:time reason:string#4 message:string#5
    ReplicaSet apiVersion:string kind:string metadata:ObjectMeta!#1 spec:ReplicaSetSpec!#2 status:ReplicaSetStatus!#3
    ReplicaSetSpec replicas:int32?#1 minReadySeconds:int32#4 selector:LabelSelector!#2 template:PodTemplateSpec!#3
    ReplicaSetStatus replicas:int32!#1 fullyLabeledReplicas:int32#2 readyReplicas:int32#4 availableReplicas:int32#5
     terminatingReplicas:int32?#7 observedGeneration:int64#3 conditions:[WorkloadCondition]@type#6
    ReplicationController apiVersion:string kind:string metadata:ObjectMeta!#1 spec:ReplicationControllerSpec!#2
     status:ReplicaSetStatus!#3
    ReplicationControllerSpec replicas:int32?#1 minReadySeconds:int32#4 selector:{string}~#2
     template:PodTemplateSpec#3
    StatefulSet apiVersion:string kind:string metadata:ObjectMeta!#1 spec:StatefulSetSpec!#2
     status:StatefulSetStatus!#3
    StatefulSetSpec replicas:int32?#1 selector:LabelSelector!#2 template:PodTemplateSpec!#3
     volumeClaimTemplates:[PersistentVolumeClaim]#4 serviceName:string!#5 podManagementPolicy:string#6
     updateStrategy:StatefulSetUpdateStrategy!#7 revisionHistoryLimit:int32?#8 minReadySeconds:int32#9
     persistentVolumeClaimRetentionPolicy:ClaimRetentionPolicy#10 ordinals:StatefulSetOrdinals#11
    StatefulSetUpdateStrategy type:string#1 rollingUpdate:RollingUpdateStatefulSet#2
    RollingUpdateStatefulSet partition:int32?#1 maxUnavailable:intstr?#2
    ClaimRetentionPolicy whenDeleted:string#1 whenScaled:string#2
    StatefulSetOrdinals start:int32!#1
    StatefulSetStatus observedGeneration:int64#1 replicas:int32!#2 readyReplicas:int32#3 currentReplicas:int32#4
     updatedReplicas:int32#5 currentRevision:string#6 updateRevision:string#7 collisionCount:int32?#9
     conditions:[WorkloadCondition]@type#10 availableReplicas:int32!#11
    DaemonSet apiVersion:string kind:string metadata:ObjectMeta!#1 spec:DaemonSetSpec!#2 status:DaemonSetStatus!#3
    DaemonSetSpec selector:LabelSelector!#1 template:PodTemplateSpec!#2 updateStrategy:DaemonSetUpdateStrategy!#3
     minReadySeconds:int32#4 revisionHistoryLimit:int32?#6
    DaemonSetUpdateStrategy type:string#1 rollingUpdate:RollingUpdateDeployment#2
    DaemonSetStatus currentNumberScheduled:int32!#1 numberMisscheduled:int32!#2 desiredNumberScheduled:int32!#3
     numberReady:int32!#4 observedGeneration:int64#5 updatedNumberScheduled:int32#6 numberAvailable:int32#7
     numberUnavailable:int32#8 collisionCount:int32?#9 conditions:[WorkloadCondition]@type#10
    ControllerRevision apiVersion:string kind:string metadata:ObjectMeta!#1 data:any#2 revision:int64!#3
    Job apiVersion:string kind:string metadata:ObjectMeta!#1 spec:JobSpec!#2 status:JobStatus!#3
    JobSpec parallelism:int32?#1 completions:int32?#2 activeDeadlineSeconds:int64?#3 podFailurePolicy:any#11
     successPolicy:any#16 backoffLimit:int32?#7 backoffLimitPerIndex:int32?#12 maxFailedIndexes:int32?#13
     selector:LabelSelector#4 manualSelector:bool?#5 template:PodTemplateSpec!#6 ttlSecondsAfterFinished:int32?#8
     completionMode:string?#9 suspend:bool?#10 podReplacementPolicy:string?#14 managedBy:string?#15
    JobStatus conditions:[WorkloadCondition]@type#1 startTime:time?#2 completionTime:time?#3 active:int32#4
     succeeded:int32#5 failed:int32#6 terminating:int32?#11 completedIndexes:string#7 failedIndexes:string?#10
     uncountedTerminatedPods:any#8 ready:int32?#9
    JobTemplateSpec metadata:ObjectMeta!#1 spec:JobSpec!#2
    CronJob apiVersion:string kind:string metadata:ObjectMeta!#1 spec:CronJobSpec!#2 status:CronJobStatus!#3
    CronJobSpec schedule:string!#1 timeZone:string?#8 startingDeadlineSeconds:int64?#2 concurrencyPolicy:string#3
     suspend:bool?#4 jobTemplate:JobTemplateSpec!#5 successfulJobsHistoryLimit:int32?#6
     failedJobsHistoryLimit:int32?#7
    CronJobStatus active:[ObjectReference]#1 lastScheduleTime:time?#4 lastSuccessfulTime:time?#5
    HorizontalPodAutoscaler apiVersion:string kind:string metadata:ObjectMeta!#1 spec:HorizontalPodAutoscalerSpec!#2
     status:HorizontalPodAutoscalerStatus!#3
    HorizontalPodAutoscalerSpec scaleTargetRef:CrossVersionObjectReference!#1 minReplicas:int32?#2
     maxReplicas:int32!#3 metrics:[any]#4 behavior:deduced#5
    CrossVersionObjectReference~ kind:string!#1 name:string!#2 apiVersion:string#3
    HorizontalPodAutoscalerStatus observedGeneration:int64?#1 lastScaleTime:time?#2 currentReplicas:int32#3
     desiredReplicas:int32!#4 currentMetrics:[any]!#5 conditions:[WorkloadCondition]@type#6
    PodDisruptionBudget apiVersion:string kind:string metadata:ObjectMeta!#1 spec:PodDisruptionBudgetSpec!#2
     status:PodDisruptionBudgetStatus!#3
    PodDisruptionBudgetSpec minAvailable:intstr?#1 selector:LabelSelector#2 maxUnavailable:intstr?#3
     unhealthyPodEvictionPolicy:string?#4
    PodDisruptionBudgetStatus observedGeneration:int64#1 disruptedPods:{time}#2 disruptionsAllowed:int32!#3
     currentHealthy:int32!#4 desiredHealthy:int32!#5 expectedPods:int32!#6 conditions:[Condition]@type#7
    """

  static let cluster = """
    Node apiVersion:string kind:string metadata:ObjectMeta!#1 spec:NodeSpec!#2 status:NodeStatus!#3
    NodeSpec podCIDR:string#1 podCIDRs:[string]%#7 providerID:string#3 unschedulable:bool#4 taints:[Taint]#5
     configSource:any#6 externalID:string#2
    Taint key:string!#1 value:string#2 effect:string!#3 timeAdded:time?#4
    NodeStatus capacity:{quantity}#1 allocatable:{quantity}#2 phase:string#3 conditions:[NodeCondition]@type#4
     addresses:[NodeAddress]@type#5 daemonEndpoints:NodeDaemonEndpoints!#6 nodeInfo:NodeSystemInfo!#7 images:[any]#8
     volumesInUse:[string]#9 volumesAttached:[any]#10 config:any#11 runtimeHandlers:[any]#12 features:any#13
     declaredFeatures:[string]#14
    NodeCondition type:string!#1 status:string!#2 lastHeartbeatTime:time#3 lastTransitionTime:time#4 reason:string#5
     message:string#6
    NodeAddress type:string!#1 address:string!#2
    NodeDaemonEndpoints kubeletEndpoint:DaemonEndpoint!#1
    DaemonEndpoint Port:int32!#1
    NodeSystemInfo machineID:string!#1 systemUUID:string!#2 bootID:string!#3 kernelVersion:string!#4 osImage:string!#5
     containerRuntimeVersion:string!#6 kubeletVersion:string!#7 kubeProxyVersion:string!#8 operatingSystem:string!#9
     architecture:string!#10 swap:any#11
    PersistentVolume apiVersion:string kind:string metadata:ObjectMeta!#1 spec:deduced!#2
     status:PersistentVolumeStatus!#3
    PersistentVolumeStatus phase:string#1 message:string#2 reason:string#3 lastPhaseTransitionTime:time?#4
    Lease apiVersion:string kind:string metadata:ObjectMeta!#1 spec:LeaseSpec!#2
    LeaseSpec holderIdentity:string?#1 leaseDurationSeconds:int32?#2 acquireTime:microtime?#3 renewTime:microtime?#4
     leaseTransitions:int32?#5 strategy:string?#6 preferredHolder:string?#7
    Ingress apiVersion:string kind:string metadata:ObjectMeta!#1 spec:IngressSpec!#2 status:IngressStatus!#3
    IngressSpec ingressClassName:string?#4 defaultBackend:IngressBackend#1 tls:[IngressTLS]#2 rules:[IngressRule]#3
    IngressTLS hosts:[string]#1 secretName:string#2
    IngressRule host:string#1 http:HTTPIngressRuleValue#2.1
    HTTPIngressRuleValue paths:[HTTPIngressPath]!#1
    HTTPIngressPath path:string#1 pathType:string?#3 backend:IngressBackend!#2
    IngressBackend service:IngressServiceBackend#4 resource:TypedLocalObjectReference#3
    IngressServiceBackend name:string!#1 port:ServiceBackendPort!#2
    ServiceBackendPort~ name:string#1 number:int32#2
    IngressStatus loadBalancer:LoadBalancerStatus!#1
    IngressClass apiVersion:string kind:string metadata:ObjectMeta!#1 spec:IngressClassSpec!#2
    IngressClassSpec controller:string#1 parameters:any#2
    NetworkPolicy apiVersion:string kind:string metadata:ObjectMeta!#1 spec:NetworkPolicySpec!#2
    NetworkPolicySpec podSelector:LabelSelector!#1 ingress:[any]#2 egress:[any]#3 policyTypes:[string]#4
    EndpointSlice apiVersion:string kind:string metadata:ObjectMeta!#1 addressType:string!#4 endpoints:[any]!#2
     ports:[any]!#3
    StorageClass apiVersion:string kind:string metadata:ObjectMeta!#1 provisioner:string!#2 parameters:{string}#3
     reclaimPolicy:string?#4 mountOptions:[string]#5 allowVolumeExpansion:bool?#6 volumeBindingMode:string?#7
     allowedTopologies:[any]#8
    PriorityClass apiVersion:string kind:string metadata:ObjectMeta!#1 value:int32!#2 globalDefault:bool#3
     description:string#4 preemptionPolicy:string?#5
    RuntimeClass apiVersion:string kind:string metadata:ObjectMeta!#1 handler:string!#2 overhead:any#3
     scheduling:any#4
    """

  static let access = """
    Role apiVersion:string kind:string metadata:ObjectMeta!#1 rules:[PolicyRule]!#2
    ClusterRole apiVersion:string kind:string metadata:ObjectMeta!#1 rules:[PolicyRule]!#2
     aggregationRule:AggregationRule#3
    PolicyRule verbs:[string]!#1 apiGroups:[string]#2 resources:[string]#3 resourceNames:[string]#4
     nonResourceURLs:[string]#5
    AggregationRule clusterRoleSelectors:[LabelSelector]#1
    RoleBinding apiVersion:string kind:string metadata:ObjectMeta!#1 subjects:[Subject]#2 roleRef:RoleRef!#3
    ClusterRoleBinding apiVersion:string kind:string metadata:ObjectMeta!#1 subjects:[Subject]#2 roleRef:RoleRef!#3
    Subject~ kind:string!#1 apiGroup:string#2 name:string!#3 namespace:string#4
    RoleRef~ apiGroup:string#1 kind:string!#2 name:string!#3
    SelfSubjectAccessReview apiVersion:string kind:string metadata:ObjectMeta!#1 spec:SelfSubjectAccessReviewSpec!#2
     status:SubjectAccessReviewStatus!#3
    SelfSubjectAccessReviewSpec resourceAttributes:ResourceAttributes#1 nonResourceAttributes:NonResourceAttributes#2
    SubjectAccessReview apiVersion:string kind:string metadata:ObjectMeta!#1 spec:SubjectAccessReviewSpec!#2
     status:SubjectAccessReviewStatus!#3
    LocalSubjectAccessReview apiVersion:string kind:string metadata:ObjectMeta!#1 spec:SubjectAccessReviewSpec!#2
     status:SubjectAccessReviewStatus!#3
    SubjectAccessReviewSpec resourceAttributes:ResourceAttributes#1 nonResourceAttributes:NonResourceAttributes#2
     user:string#3 groups:[string]#4 extra:{[string]}#5 uid:string#6
    ResourceAttributes namespace:string#1 verb:string#2 group:string#3 version:string#4 resource:string#5
     subresource:string#6 name:string#7 fieldSelector:any#8 labelSelector:any#9
    NonResourceAttributes path:string#1 verb:string#2
    SubjectAccessReviewStatus allowed:bool!#1 denied:bool#4 reason:string#2 evaluationError:string#3
    SelfSubjectRulesReview apiVersion:string kind:string metadata:ObjectMeta!#1 spec:SelfSubjectRulesReviewSpec!#2
     status:SubjectRulesReviewStatus!#3
    SelfSubjectRulesReviewSpec namespace:string#1
    SubjectRulesReviewStatus resourceRules:[any]!#1 nonResourceRules:[any]!#2 incomplete:bool!#3
     evaluationError:string#4
    SelfSubjectReview apiVersion:string kind:string metadata:ObjectMeta!#1 status:SelfSubjectReviewStatus#2
    SelfSubjectReviewStatus userInfo:UserInfo#1
    UserInfo username:string#1 uid:string#2 groups:[string]#3 extra:{[string]}#4
    TokenReview apiVersion:string kind:string metadata:ObjectMeta!#1 spec:TokenReviewSpec!#2
     status:TokenReviewStatus!#3
    TokenReviewSpec token:string#1 audiences:[string]#2
    TokenReviewStatus authenticated:bool#1 user:UserInfo#2 audiences:[string]#4 error:string#3
    TokenRequest apiVersion:string kind:string metadata:ObjectMeta!#1 spec:TokenRequestSpec!#2
     status:TokenRequestStatus!#3
    TokenRequestSpec audiences:[string]!#1 expirationSeconds:int64?#4 boundObjectRef:BoundObjectReference#3
    BoundObjectReference kind:string#1 apiVersion:string#2 name:string#3 uid:string#4
    TokenRequestStatus token:string!#1 expirationTimestamp:time!#2
    Eviction apiVersion:string kind:string metadata:ObjectMeta!#1 deleteOptions:DeleteOptions#2
    Binding apiVersion:string kind:string metadata:ObjectMeta!#1 target:ObjectReference!#2
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
     additionalProperties:any patternProperties:{JSONSchemaProps} dependencies:any additionalItems:any definitions:any
     externalDocs:any example:any nullable:bool x-kubernetes-preserve-unknown-fields:bool?
     x-kubernetes-embedded-resource:bool x-kubernetes-int-or-string:bool x-kubernetes-list-map-keys:[string]
     x-kubernetes-list-type:string? x-kubernetes-map-type:string? x-kubernetes-validations:[ValidationRule]@rule
    ValidationRule rule:string! message:string messageExpression:string reason:string? fieldPath:string
     optionalOldSelf:bool?
    ValidatingWebhookConfiguration apiVersion:string kind:string metadata:ObjectMeta! webhooks:[any]
    MutatingWebhookConfiguration apiVersion:string kind:string metadata:ObjectMeta! webhooks:[any]
    """
}
