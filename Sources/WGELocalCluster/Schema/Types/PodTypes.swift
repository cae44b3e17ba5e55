extension BuiltInTypes {
  // Pods and what is in them, without their volumes.

  static let pods = """
    @io.k8s.api.core.v1
    ContainerPort name:string#1 hostPort:int32#2 containerPort:int32!#3 protocol:string=TCP#4 hostIP:string#5
    EnvVar name:string!#1 value:string#2 valueFrom:EnvVarSource#3
    EnvVarSource fieldRef:ObjectFieldSelector#1 resourceFieldRef:ResourceFieldSelector#2
     configMapKeyRef:ConfigMapKeySelector#3 secretKeyRef:SecretKeySelector#4 fileKeyRef:FileKeySelector#5
    FileKeySelector~ volumeName:string!#1 path:string!#2 key:string!#3 optional:bool?#4
    ObjectFieldSelector~ apiVersion:string#1 fieldPath:string!#2
    ResourceFieldSelector~ containerName:string#1 resource:string!#2 divisor:quantity!#3
    ConfigMapKeySelector~ name:string#1.1 key:string!#2 optional:bool?#3
    SecretKeySelector~ name:string#1.1 key:string!#2 optional:bool?#3
    EnvFromSource prefix:string#1 configMapRef:ConfigMapEnvSource#2 secretRef:SecretEnvSource#3
    ConfigMapEnvSource name:string#1.1 optional:bool?#2
    SecretEnvSource name:string#1.1 optional:bool?#2
    HTTPHeader name:string!#1 value:string!#2
    HTTPGetAction path:string#1 port:intstr!#2 host:string#3 scheme:string#4 httpHeaders:[HTTPHeader]#5
    TCPSocketAction port:intstr!#1 host:string#2
    GRPCAction port:int32!#1 service:string?#2
    ExecAction command:[string]#1
    SleepAction seconds:int64!#1
    Probe exec:ExecAction#1.1 httpGet:HTTPGetAction#1.2 tcpSocket:TCPSocketAction#1.3 grpc:GRPCAction#1.4
     initialDelaySeconds:int32#2 timeoutSeconds:int32#3 periodSeconds:int32#4 successThreshold:int32#5
     failureThreshold:int32#6 terminationGracePeriodSeconds:int64?#7
    ContainerResizePolicy resourceName:string!#1 restartPolicy:string!#2
    Capabilities add:[string]#1 drop:[string]#2
    ResourceRequirements limits:{quantity}#1 requests:{quantity}#2 claims:[ResourceClaim]@name^#3
    ResourceClaim name:string!#1 request:string#2
    Container name:string!#1 image:string#2 command:[string]#3 args:[string]#4 workingDir:string#5
     ports:[ContainerPort]@containerPort,protocol#6 envFrom:[EnvFromSource]#19 env:[EnvVar]@name#7
     resources:ResourceRequirements!#8 resizePolicy:[ContainerResizePolicy]#23 restartPolicy:string?#24
     restartPolicyRules:[ContainerRestartRule]#25 volumeMounts:[VolumeMount]@mountPath#9
     volumeDevices:[VolumeDevice]@devicePath#21 livenessProbe:Probe#10 readinessProbe:Probe#11
     startupProbe:Probe#22 lifecycle:Lifecycle#12 terminationMessagePath:string#13
     terminationMessagePolicy:string#20 imagePullPolicy:string#14 securityContext:SecurityContext#15
     stdin:bool#16 stdinOnce:bool#17 tty:bool#18
    ProbeHandler exec:ExecAction#1 httpGet:HTTPGetAction#2 tcpSocket:TCPSocketAction#3 grpc:GRPCAction#4
    LifecycleHandler exec:ExecAction#1 httpGet:HTTPGetAction#2 tcpSocket:TCPSocketAction#3 sleep:SleepAction#4
    Lifecycle postStart:LifecycleHandler#1 preStop:LifecycleHandler#2 stopSignal:string?#3
    ContainerStateWaiting reason:string#1 message:string#2
    ContainerStateRunning startedAt:time!#1
    ContainerStateTerminated exitCode:int32!#1 signal:int32#2 reason:string#3 message:string#4 startedAt:time!#5
     finishedAt:time!#6 containerID:string#7
    ContainerState waiting:ContainerStateWaiting#1 running:ContainerStateRunning#2
     terminated:ContainerStateTerminated#3
    ContainerStatus name:string!#1 state:ContainerState!#2 lastState:ContainerState!#3 ready:bool!#4
     restartCount:int32!#5 image:string!#6 imageID:string!#7 containerID:string#8 started:bool?#9
     allocatedResources:{quantity}#10 resources:ResourceRequirements#11
     volumeMounts:[VolumeMountStatus]@mountPath#12 user:ContainerUser#13
     allocatedResourcesStatus:[ResourceStatus]@name#14 stopSignal:string?#15
    ResourceStatus name:string!#1 resources:[ResourceHealth]@resourceID^#2
    ResourceHealth resourceID:string!#1 health:string#2 message:string?#6
    ContainerUser linux:LinuxContainerUser#1
    LinuxContainerUser uid:int64!#1 gid:int64!#2 supplementalGroups:[int64]#3
    PodCondition type:string!#1 observedGeneration:int64#7 status:string!#2 lastProbeTime:time!#3
     lastTransitionTime:time!#4 reason:string#5 message:string#6
    ContainerRestartRule action:string#1 exitCodes:ContainerRestartRuleOnExitCodes#2
    ContainerRestartRuleOnExitCodes operator:string#1 values:[int32]%^#2
    NodeSelector~ nodeSelectorTerms:[NodeSelectorTerm]!#1
    NodeSelectorTerm~ matchExpressions:[NodeSelectorRequirement]#1 matchFields:[NodeSelectorRequirement]#2
    NodeSelectorRequirement key:string!#1 operator:string!#2 values:[string]#3
    Affinity nodeAffinity:NodeAffinity#1 podAffinity:PodAffinity#2 podAntiAffinity:PodAntiAffinity#3
    PodAffinity requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]#1
     preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]#2
    PodAntiAffinity requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]#1
     preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]#2
    WeightedPodAffinityTerm weight:int32!#1 podAffinityTerm:PodAffinityTerm!#2
    PodAffinityTerm labelSelector:LabelSelector#1 namespaces:[string]#2 topologyKey:string!#3
     namespaceSelector:LabelSelector#4 matchLabelKeys:[string]#5 mismatchLabelKeys:[string]#6
    NodeAffinity requiredDuringSchedulingIgnoredDuringExecution:NodeSelector#1
     preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]#2
    PreferredSchedulingTerm weight:int32!#1 preference:NodeSelectorTerm!#2
    Toleration key:string#1 operator:string#2 value:string#3 effect:string#4 tolerationSeconds:int64?#5
    PodReadinessGate conditionType:string!#1
    PodSpec volumes:[Volume]@name#1 initContainers:[Container]@name#20 containers:[Container]@name!#2
     ephemeralContainers:[EphemeralContainer]@name#34 restartPolicy:string#3
     terminationGracePeriodSeconds:int64?#4 activeDeadlineSeconds:int64?#5 dnsPolicy:string#6
     nodeSelector:{string}~#7 serviceAccountName:string#8 serviceAccount:string#9
     automountServiceAccountToken:bool?#21 nodeName:string#10 hostNetwork:bool#11 hostPID:bool#12
     hostIPC:bool#13 shareProcessNamespace:bool?#27 securityContext:PodSecurityContext#14
     imagePullSecrets:[LocalObjectReference]@name#15 hostname:string#16 subdomain:string#17 affinity:Affinity#18
     schedulerName:string#19 tolerations:[Toleration]#22 hostAliases:[HostAlias]@ip#23
     priorityClassName:string#24 priority:int32?#25 dnsConfig:PodDNSConfig#26
     readinessGates:[PodReadinessGate]#28 runtimeClassName:string?#29 enableServiceLinks:bool?#30
     preemptionPolicy:string?#31 overhead:{quantity}#32
     topologySpreadConstraints:[TopologySpreadConstraint]@topologyKey,whenUnsatisfiable#33
     setHostnameAsFQDN:bool?#35 os:PodOS#36 hostUsers:bool?#37 schedulingGates:[PodSchedulingGate]@name#38
     resourceClaims:[PodResourceClaim]@name#39 resources:ResourceRequirements#40 hostnameOverride:string?#41
     schedulingGroup:PodSchedulingGroup#43
    PodResourceClaim name:string!#1 resourceClaimName:string?#3 resourceClaimTemplateName:string?#4
    PodResourceClaimStatus name:string!#1 resourceClaimName:string?#2
    PodExtendedResourceClaimStatus requestMappings:[ContainerExtendedResourceRequest]!#1
     resourceClaimName:string!#2
    ContainerExtendedResourceRequest containerName:string!#1 resourceName:string!#2 requestName:string!#3
    PodOS name:string!#1
    PodSchedulingGate name:string!#1
    PodSchedulingGroup podGroupName:string?#1
    TopologySpreadConstraint maxSkew:int32!#1 topologyKey:string!#2 whenUnsatisfiable:string!#3
     labelSelector:LabelSelector#4 minDomains:int32?#5 nodeAffinityPolicy:string?#6 nodeTaintsPolicy:string?#7
     matchLabelKeys:[string]#8
    HostAlias ip:string!#1 hostnames:[string]#2
    PodSecurityContext seLinuxOptions:SELinuxOptions#1 windowsOptions:WindowsSecurityContextOptions#8
     runAsUser:int64?#2 runAsGroup:int64?#6 runAsNonRoot:bool?#3 supplementalGroups:[int64]#4
     supplementalGroupsPolicy:string?#12 fsGroup:int64?#5 sysctls:[Sysctl]#7 fsGroupChangePolicy:string?#9
     seccompProfile:SeccompProfile#10 appArmorProfile:AppArmorProfile#11 seLinuxChangePolicy:string?#13
    SeccompProfile type:string!#1 localhostProfile:string?#2
    AppArmorProfile type:string!#1 localhostProfile:string?#2
    PodDNSConfig nameservers:[string]#1 searches:[string]#2 options:[PodDNSConfigOption]#3
    PodDNSConfigOption name:string#1 value:string?#2
    PodIP ip:string!#1
    HostIP ip:string!#1
    EphemeralContainerCommon name:string!#1 image:string#2 command:[string]#3 args:[string]#4
     workingDir:string#5 ports:[ContainerPort]@containerPort,protocol#6 envFrom:[EnvFromSource]#19
     env:[EnvVar]@name#7 resources:ResourceRequirements!#8 resizePolicy:[ContainerResizePolicy]#23
     restartPolicy:string?#24 restartPolicyRules:[ContainerRestartRule]#25
     volumeMounts:[VolumeMount]@mountPath#9 volumeDevices:[VolumeDevice]@devicePath#21 livenessProbe:Probe#10
     readinessProbe:Probe#11 startupProbe:Probe#22 lifecycle:Lifecycle#12 terminationMessagePath:string#13
     terminationMessagePolicy:string#20 imagePullPolicy:string#14 securityContext:SecurityContext#15
     stdin:bool#16 stdinOnce:bool#17 tty:bool#18
    EphemeralContainer name:string!#1.1 image:string#1.2 command:[string]#1.3 args:[string]#1.4
     workingDir:string#1.5 ports:[ContainerPort]@containerPort,protocol#1.6 envFrom:[EnvFromSource]#1.19
     env:[EnvVar]@name#1.7 resources:ResourceRequirements!#1.8 resizePolicy:[ContainerResizePolicy]#1.23
     restartPolicy:string?#1.24 restartPolicyRules:[ContainerRestartRule]#1.25
     volumeMounts:[VolumeMount]@mountPath#1.9 volumeDevices:[VolumeDevice]@devicePath#1.21
     livenessProbe:Probe#1.10 readinessProbe:Probe#1.11 startupProbe:Probe#1.22 lifecycle:Lifecycle#1.12
     terminationMessagePath:string#1.13 terminationMessagePolicy:string#1.20 imagePullPolicy:string#1.14
     securityContext:SecurityContext#1.15 stdin:bool#1.16 stdinOnce:bool#1.17 tty:bool#1.18
     targetContainerName:string#2
    PodStatus observedGeneration:int64#17 phase:string#1 conditions:[PodCondition]@type#2 message:string#3
     reason:string#4 nominatedNodeName:string#11 hostIP:string#5 hostIPs:[HostIP]^ip#16 podIP:string#6
     podIPs:[PodIP]@ip#12 startTime:time?#7 initContainerStatuses:[ContainerStatus]#10
     containerStatuses:[ContainerStatus]#8 qosClass:string#9 ephemeralContainerStatuses:[ContainerStatus]#13
     resize:string#14 resourceClaimStatuses:[PodResourceClaimStatus]@name#15
     extendedResourceClaimStatus:PodExtendedResourceClaimStatus#18 allocatedResources:{quantity}#19
     resources:ResourceRequirements#20
     nodeAllocatableResourceClaimStatuses:[NodeAllocatableResourceClaimStatus]#21
    PodStatusResult apiVersion:string kind:string metadata:ObjectMeta!#1 status:PodStatus!#2
    Pod apiVersion:string kind:string metadata:ObjectMeta!#1 spec:PodSpec!#2 status:PodStatus!#3
    PodTemplateSpec metadata:ObjectMeta!#1 spec:PodSpec!#2
    PodTemplate apiVersion:string kind:string metadata:ObjectMeta!#1 template:PodTemplateSpec!#2
    DaemonEndpoint Port:int32!#1
    PodSignature podController:OwnerReference#1
    ContainerImage names:[string]!#1 sizeBytes:int64#2
    Binding apiVersion:string kind:string metadata:ObjectMeta!#1 target:ObjectReference!#2
    SecurityContext capabilities:Capabilities#1 privileged:bool?#2 seLinuxOptions:SELinuxOptions#3
     windowsOptions:WindowsSecurityContextOptions#10 runAsUser:int64?#4 runAsGroup:int64?#8 runAsNonRoot:bool?#5
     readOnlyRootFilesystem:bool?#6 allowPrivilegeEscalation:bool?#7 procMount:string?#9
     seccompProfile:SeccompProfile#11 appArmorProfile:AppArmorProfile#12
    Sysctl name:string!#1 value:string!#2
    """
}
