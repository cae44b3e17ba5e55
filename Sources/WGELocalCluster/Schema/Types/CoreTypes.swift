extension BuiltInTypes {
  // The objects of the core group, without pods and volumes.

  static let core = """
    @io.k8s.api.core.v1
    TypedObjectReference apiGroup:string?#1 kind:string!#2 name:string!#3 namespace:string?#4
    SecretReference~ name:string#1 namespace:string#2
    VolumeMount name:string!#1 readOnly:bool#2 recursiveReadOnly:string?#7 mountPath:string!#3 subPath:string#4
     mountPropagation:string?#5 subPathExpr:string#6
    VolumeDevice name:string!#1 devicePath:string!#2
    VolumeMountStatus name:string!#1 mountPath:string!#2 readOnly:bool#3 recursiveReadOnly:string?#4
     volumeStatus:VolumeStatus#5
    TopologySelectorTerm~ matchLabelExpressions:[TopologySelectorLabelRequirement]#1
    TopologySelectorLabelRequirement key:string!#1 values:[string]!#2
    Taint key:string!#1 value:string#2 effect:string!#3 timeAdded:time?#4
    ReplicationControllerSpec replicas:int32?#1 minReadySeconds:int32#4 selector:{string}~#2
     template:PodTemplateSpec#3
    ReplicationControllerStatus replicas:int32!#1 fullyLabeledReplicas:int32#2 readyReplicas:int32#4
     availableReplicas:int32#5 observedGeneration:int64#3 conditions:[ReplicationControllerCondition]@type#6
    ReplicationControllerCondition type:string!#1 status:string!#2 lastTransitionTime:time!#3 reason:string#4
     message:string#5
    ReplicationController apiVersion:string kind:string metadata:ObjectMeta!#1 spec:ReplicationControllerSpec!#2
     status:ReplicationControllerStatus!#3
    SessionAffinityConfig clientIP:ClientIPConfig#1
    ClientIPConfig timeoutSeconds:int32?#1
    ServiceStatus loadBalancer:LoadBalancerStatus!#1 conditions:[Condition]@type#2
    LoadBalancerStatus ingress:[LoadBalancerIngress]#1
    LoadBalancerIngress ip:string#1 hostname:string#2 ipMode:string?#3 ports:[PortStatus]#4
    ServiceSpec ports:[ServicePort]@port,protocol#1 selector:{string}~#2 clusterIP:string#3
     clusterIPs:[string]#18 type:string#4 externalIPs:[string]#5 sessionAffinity:string#7
     loadBalancerIP:string#8 loadBalancerSourceRanges:[string]#9 externalName:string#10
     externalTrafficPolicy:string#11 healthCheckNodePort:int32#12 publishNotReadyAddresses:bool#13
     sessionAffinityConfig:SessionAffinityConfig#14 ipFamilies:[string]#19 ipFamilyPolicy:string?#17
     allocateLoadBalancerNodePorts:bool?#20 loadBalancerClass:string?#21 internalTrafficPolicy:string?#22
     trafficDistribution:string?#23
    ServicePort name:string#1 protocol:string=TCP#2 appProtocol:string?#6 port:int32!#3 targetPort:intstr!#4
     nodePort:int32#5
    Service apiVersion:string kind:string metadata:ObjectMeta!#1 spec:ServiceSpec!#2 status:ServiceStatus!#3
    ServiceAccount apiVersion:string kind:string metadata:ObjectMeta!#1 secrets:[ObjectReference]@name#2
     imagePullSecrets:[LocalObjectReference]#3 automountServiceAccountToken:bool?#4
    Endpoints apiVersion:string kind:string metadata:ObjectMeta!#1 subsets:[EndpointSubset]#2
    EndpointSubset addresses:[EndpointAddress]#1 notReadyAddresses:[EndpointAddress]#2 ports:[EndpointPort]#3
    EndpointAddress~ ip:string!#1 hostname:string#3 nodeName:string?#4 targetRef:ObjectReference#2
    EndpointPort~ name:string#1 port:int32!#2 protocol:string#3 appProtocol:string?#4
    NodeSpec podCIDR:string#1 podCIDRs:[string]%#7 providerID:string#3 unschedulable:bool#4 taints:[Taint]#5
     configSource:NodeConfigSource#6 externalID:string#2
    NodeConfigSource configMap:ConfigMapNodeConfigSource#2
    ConfigMapNodeConfigSource namespace:string!#1 name:string!#2 uid:string#3 resourceVersion:string#4
     kubeletConfigKey:string!#5
    NodeDaemonEndpoints kubeletEndpoint:DaemonEndpoint!#1
    NodeRuntimeHandlerFeatures recursiveReadOnlyMounts:bool?#1 userNamespaces:bool?#2
    NodeRuntimeHandler name:string!#1 features:NodeRuntimeHandlerFeatures#2
    NodeFeatures supplementalGroupsPolicy:bool?#1
    NodeSystemInfo machineID:string!#1 systemUUID:string!#2 bootID:string!#3 kernelVersion:string!#4
     osImage:string!#5 containerRuntimeVersion:string!#6 kubeletVersion:string!#7 kubeProxyVersion:string!#8
     operatingSystem:string!#9 architecture:string!#10 swap:NodeSwapStatus#11
    NodeSwapStatus capacity:int64?#1
    NodeConfigStatus assigned:NodeConfigSource#1 active:NodeConfigSource#2 lastKnownGood:NodeConfigSource#3
     error:string#4
    NodeStatus capacity:{quantity}#1 allocatable:{quantity}#2 phase:string#3 conditions:[NodeCondition]@type#4
     addresses:[NodeAddress]@type#5 daemonEndpoints:NodeDaemonEndpoints!#6 nodeInfo:NodeSystemInfo!#7
     images:[ContainerImage]#8 volumesInUse:[string]#9 volumesAttached:[AttachedVolume]#10
     config:NodeConfigStatus#11 runtimeHandlers:[NodeRuntimeHandler]#12 features:NodeFeatures#13
     declaredFeatures:[string]#14
    AvoidPods preferAvoidPods:[PreferAvoidPodsEntry]#1
    PreferAvoidPodsEntry podSignature:PodSignature!#1 evictionTime:time!#2 reason:string#3 message:string#4
    NodeCondition type:string!#1 status:string!#2 lastHeartbeatTime:time!#3 lastTransitionTime:time!#4
     reason:string#5 message:string#6
    NodeAddress type:string!#1 address:string!#2
    Node apiVersion:string kind:string metadata:ObjectMeta!#1 spec:NodeSpec!#2 status:NodeStatus!#3
    NamespaceSpec finalizers:[string]#1
    NamespaceStatus phase:string#1 conditions:[NamespaceCondition]@type#2
    NamespaceCondition type:string!#1 status:string!#2 lastTransitionTime:time!#4 reason:string#5
     message:string#6
    Namespace apiVersion:string kind:string metadata:ObjectMeta!#1 spec:NamespaceSpec!#2
     status:NamespaceStatus!#3
    core.Preconditions uid:string?#1
    ObjectReference~ kind:string#1 namespace:string#2 name:string#3 uid:string#4 apiVersion:string#5
     resourceVersion:string#6 fieldPath:string#7
    LocalObjectReference~ name:string=#1
    TypedLocalObjectReference~ apiGroup:string?#1 kind:string!#2 name:string!#3
    EventSource component:string#1 host:string#2
    Event apiVersion:string kind:string metadata:ObjectMeta!#1 involvedObject:ObjectReference!#2 reason:string#3
     message:string#4 source:EventSource!#5 firstTimestamp:time!#6 lastTimestamp:time!#7 count:int32#8
     type:string#9 eventTime:microtime!#10 series:EventSeries#11 action:string#12 related:ObjectReference#13
     reportingComponent:string!#14 reportingInstance:string!#15
    EventSeries count:int32#1 lastObservedTime:microtime!#2
    LimitRangeItem type:string!#1 max:{quantity}#2 min:{quantity}#3 default:{quantity}#4
     defaultRequest:{quantity}#5 maxLimitRequestRatio:{quantity}#6
    LimitRangeSpec limits:[LimitRangeItem]!#1
    LimitRange apiVersion:string kind:string metadata:ObjectMeta!#1 spec:LimitRangeSpec!#2
    ResourceQuotaSpec hard:{quantity}#1 scopes:[string]#2 scopeSelector:ScopeSelector#3
    ScopeSelector~ matchExpressions:[ScopedResourceSelectorRequirement]#1
    ScopedResourceSelectorRequirement scopeName:string!#1 operator:string!#2 values:[string]#3
    ResourceQuotaStatus hard:{quantity}#1 used:{quantity}#2
    ResourceQuota apiVersion:string kind:string metadata:ObjectMeta!#1 spec:ResourceQuotaSpec!#2
     status:ResourceQuotaStatus!#3
    Secret apiVersion:string kind:string metadata:ObjectMeta!#1 immutable:bool?#5 data:{bytes}#2
     stringData:{string}#4 type:string#3
    ConfigMap apiVersion:string kind:string metadata:ObjectMeta!#1 immutable:bool?#4 data:{string}#2
     binaryData:{bytes}#3
    ComponentCondition type:string!#1 status:string!#2 message:string#3 error:string#4
    ComponentStatus apiVersion:string kind:string metadata:ObjectMeta!#1 conditions:[ComponentCondition]@type#2
    PortStatus port:int32!#1 protocol:string!#2 error:string?#3
    NodeAllocatableResourceClaimStatus resourceClaimName:string!#1 containers:[string]%^#2
     resources:{quantity}!#3
    """
}
