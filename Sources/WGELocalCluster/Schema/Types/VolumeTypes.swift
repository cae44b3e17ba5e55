extension BuiltInTypes {
  // Volumes: of pods, of the cluster, and of storage classes and attachments.

  static let volumes = """
    @io.k8s.api.core.v1
    Volume name:string!#1 hostPath:HostPathVolumeSource#2.1 emptyDir:EmptyDirVolumeSource#2.2
     gcePersistentDisk:GCEPersistentDiskVolumeSource#2.3
     awsElasticBlockStore:AWSElasticBlockStoreVolumeSource#2.4 gitRepo:GitRepoVolumeSource#2.5
     secret:SecretVolumeSource#2.6 nfs:NFSVolumeSource#2.7 iscsi:ISCSIVolumeSource#2.8
     glusterfs:GlusterfsVolumeSource#2.9 persistentVolumeClaim:PersistentVolumeClaimVolumeSource#2.10
     rbd:RBDVolumeSource#2.11 flexVolume:FlexVolumeSource#2.12 cinder:CinderVolumeSource#2.13
     cephfs:CephFSVolumeSource#2.14 flocker:FlockerVolumeSource#2.15 downwardAPI:DownwardAPIVolumeSource#2.16
     fc:FCVolumeSource#2.17 azureFile:AzureFileVolumeSource#2.18 configMap:ConfigMapVolumeSource#2.19
     vsphereVolume:VsphereVirtualDiskVolumeSource#2.20 quobyte:QuobyteVolumeSource#2.21
     azureDisk:AzureDiskVolumeSource#2.22 photonPersistentDisk:PhotonPersistentDiskVolumeSource#2.23
     projected:ProjectedVolumeSource#2.26 portworxVolume:PortworxVolumeSource#2.24
     scaleIO:ScaleIOVolumeSource#2.25 storageos:StorageOSVolumeSource#2.27 csi:CSIVolumeSource#2.28
     ephemeral:EphemeralVolumeSource#2.29 image:ImageVolumeSource#2.30
    VolumeSource hostPath:HostPathVolumeSource#1 emptyDir:EmptyDirVolumeSource#2
     gcePersistentDisk:GCEPersistentDiskVolumeSource#3 awsElasticBlockStore:AWSElasticBlockStoreVolumeSource#4
     gitRepo:GitRepoVolumeSource#5 secret:SecretVolumeSource#6 nfs:NFSVolumeSource#7 iscsi:ISCSIVolumeSource#8
     glusterfs:GlusterfsVolumeSource#9 persistentVolumeClaim:PersistentVolumeClaimVolumeSource#10
     rbd:RBDVolumeSource#11 flexVolume:FlexVolumeSource#12 cinder:CinderVolumeSource#13
     cephfs:CephFSVolumeSource#14 flocker:FlockerVolumeSource#15 downwardAPI:DownwardAPIVolumeSource#16
     fc:FCVolumeSource#17 azureFile:AzureFileVolumeSource#18 configMap:ConfigMapVolumeSource#19
     vsphereVolume:VsphereVirtualDiskVolumeSource#20 quobyte:QuobyteVolumeSource#21
     azureDisk:AzureDiskVolumeSource#22 photonPersistentDisk:PhotonPersistentDiskVolumeSource#23
     projected:ProjectedVolumeSource#26 portworxVolume:PortworxVolumeSource#24 scaleIO:ScaleIOVolumeSource#25
     storageos:StorageOSVolumeSource#27 csi:CSIVolumeSource#28 ephemeral:EphemeralVolumeSource#29
     image:ImageVolumeSource#30
    PersistentVolumeClaimVolumeSource claimName:string!#1 readOnly:bool#2
    PersistentVolumeSource gcePersistentDisk:GCEPersistentDiskVolumeSource#1
     awsElasticBlockStore:AWSElasticBlockStoreVolumeSource#2 hostPath:HostPathVolumeSource#3
     glusterfs:GlusterfsPersistentVolumeSource#4 nfs:NFSVolumeSource#5 rbd:RBDPersistentVolumeSource#6
     iscsi:ISCSIPersistentVolumeSource#7 cinder:CinderPersistentVolumeSource#8
     cephfs:CephFSPersistentVolumeSource#9 fc:FCVolumeSource#10 flocker:FlockerVolumeSource#11
     flexVolume:FlexPersistentVolumeSource#12 azureFile:AzureFilePersistentVolumeSource#13
     vsphereVolume:VsphereVirtualDiskVolumeSource#14 quobyte:QuobyteVolumeSource#15
     azureDisk:AzureDiskVolumeSource#16 photonPersistentDisk:PhotonPersistentDiskVolumeSource#17
     portworxVolume:PortworxVolumeSource#18 scaleIO:ScaleIOPersistentVolumeSource#19 local:LocalVolumeSource#20
     storageos:StorageOSPersistentVolumeSource#21 csi:CSIPersistentVolumeSource#22
    PersistentVolume apiVersion:string kind:string metadata:ObjectMeta!#1 spec:PersistentVolumeSpec!#2
     status:PersistentVolumeStatus!#3
    PersistentVolumeSpec capacity:{quantity}#1 gcePersistentDisk:GCEPersistentDiskVolumeSource#2.1
     awsElasticBlockStore:AWSElasticBlockStoreVolumeSource#2.2 hostPath:HostPathVolumeSource#2.3
     glusterfs:GlusterfsPersistentVolumeSource#2.4 nfs:NFSVolumeSource#2.5 rbd:RBDPersistentVolumeSource#2.6
     iscsi:ISCSIPersistentVolumeSource#2.7 cinder:CinderPersistentVolumeSource#2.8
     cephfs:CephFSPersistentVolumeSource#2.9 fc:FCVolumeSource#2.10 flocker:FlockerVolumeSource#2.11
     flexVolume:FlexPersistentVolumeSource#2.12 azureFile:AzureFilePersistentVolumeSource#2.13
     vsphereVolume:VsphereVirtualDiskVolumeSource#2.14 quobyte:QuobyteVolumeSource#2.15
     azureDisk:AzureDiskVolumeSource#2.16 photonPersistentDisk:PhotonPersistentDiskVolumeSource#2.17
     portworxVolume:PortworxVolumeSource#2.18 scaleIO:ScaleIOPersistentVolumeSource#2.19
     local:LocalVolumeSource#2.20 storageos:StorageOSPersistentVolumeSource#2.21
     csi:CSIPersistentVolumeSource#2.22 accessModes:[string]#3 claimRef:ObjectReference#4
     persistentVolumeReclaimPolicy:string#5 storageClassName:string#6 mountOptions:[string]#7
     volumeMode:string?#8 nodeAffinity:VolumeNodeAffinity#9 volumeAttributesClassName:string?#10
    VolumeNodeAffinity required:NodeSelector#1
    PersistentVolumeStatus phase:string#1 message:string#2 reason:string#3 lastPhaseTransitionTime:time?#4
    PersistentVolumeClaim apiVersion:string kind:string metadata:ObjectMeta!#1 spec:PersistentVolumeClaimSpec!#2
     status:PersistentVolumeClaimStatus!#3
    PersistentVolumeClaimSpec accessModes:[string]#1 selector:LabelSelector#4
     resources:VolumeResourceRequirements!#2 volumeName:string#3 storageClassName:string?#5 volumeMode:string?#6
     dataSource:TypedLocalObjectReference#7 dataSourceRef:TypedObjectReference#8
     volumeAttributesClassName:string?#9
    ModifyVolumeStatus targetVolumeAttributesClassName:string#1 status:string!#2
    PersistentVolumeClaimCondition type:string!#1 status:string!#2 lastProbeTime:time!#3
     lastTransitionTime:time!#4 reason:string#5 message:string#6
    PersistentVolumeClaimStatus phase:string#1 accessModes:[string]#2 capacity:{quantity}#3
     conditions:[PersistentVolumeClaimCondition]@type#4 allocatedResources:{quantity}#5
     allocatedResourceStatuses:{string}#7 currentVolumeAttributesClassName:string?#8
     modifyVolumeStatus:ModifyVolumeStatus#9
    HostPathVolumeSource path:string!#1 type:string?#2
    EmptyDirVolumeSource medium:string#1 sizeLimit:quantity?#2
    GlusterfsVolumeSource endpoints:string!#1 path:string!#2 readOnly:bool#3
    GlusterfsPersistentVolumeSource endpoints:string!#1 path:string!#2 readOnly:bool#3
     endpointsNamespace:string?#4
    RBDVolumeSource monitors:[string]!#1 image:string!#2 fsType:string#3 pool:string#4 user:string#5
     keyring:string#6 secretRef:LocalObjectReference#7 readOnly:bool#8
    RBDPersistentVolumeSource monitors:[string]!#1 image:string!#2 fsType:string#3 pool:string#4 user:string#5
     keyring:string#6 secretRef:SecretReference#7 readOnly:bool#8
    CinderVolumeSource volumeID:string!#1 fsType:string#2 readOnly:bool#3 secretRef:LocalObjectReference#4
    CinderPersistentVolumeSource volumeID:string!#1 fsType:string#2 readOnly:bool#3 secretRef:SecretReference#4
    CephFSVolumeSource monitors:[string]!#1 path:string#2 user:string#3 secretFile:string#4
     secretRef:LocalObjectReference#5 readOnly:bool#6
    CephFSPersistentVolumeSource monitors:[string]!#1 path:string#2 user:string#3 secretFile:string#4
     secretRef:SecretReference#5 readOnly:bool#6
    FlockerVolumeSource datasetName:string#1 datasetUUID:string#2
    GCEPersistentDiskVolumeSource pdName:string!#1 fsType:string#2 partition:int32#3 readOnly:bool#4
    QuobyteVolumeSource registry:string!#1 volume:string!#2 readOnly:bool#3 user:string#4 group:string#5
     tenant:string#6
    FlexPersistentVolumeSource driver:string!#1 fsType:string#2 secretRef:SecretReference#3 readOnly:bool#4
     options:{string}#5
    FlexVolumeSource driver:string!#1 fsType:string#2 secretRef:LocalObjectReference#3 readOnly:bool#4
     options:{string}#5
    AWSElasticBlockStoreVolumeSource volumeID:string!#1 fsType:string#2 partition:int32#3 readOnly:bool#4
    GitRepoVolumeSource repository:string!#1 revision:string#2 directory:string#3
    SecretVolumeSource secretName:string#1 items:[KeyToPath]#2 defaultMode:int32?#3 optional:bool?#4
    SecretProjection name:string#1.1 items:[KeyToPath]#2 optional:bool?#4
    NFSVolumeSource server:string!#1 path:string!#2 readOnly:bool#3
    ISCSIVolumeSource targetPortal:string!#1 iqn:string!#2 lun:int32!#3 iscsiInterface:string#4 fsType:string#5
     readOnly:bool#6 portals:[string]#7 chapAuthDiscovery:bool#8 chapAuthSession:bool#11
     secretRef:LocalObjectReference#10 initiatorName:string?#12
    ISCSIPersistentVolumeSource targetPortal:string!#1 iqn:string!#2 lun:int32!#3 iscsiInterface:string#4
     fsType:string#5 readOnly:bool#6 portals:[string]#7 chapAuthDiscovery:bool#8 chapAuthSession:bool#11
     secretRef:SecretReference#10 initiatorName:string?#12
    FCVolumeSource targetWWNs:[string]#1 lun:int32?#2 fsType:string#3 readOnly:bool#4 wwids:[string]#5
    AzureFileVolumeSource secretName:string!#1 shareName:string!#2 readOnly:bool#3
    AzureFilePersistentVolumeSource secretName:string!#1 shareName:string!#2 readOnly:bool#3
     secretNamespace:string?#4
    VsphereVirtualDiskVolumeSource volumePath:string!#1 fsType:string#2 storagePolicyName:string#3
     storagePolicyID:string#4
    PhotonPersistentDiskVolumeSource pdID:string!#1 fsType:string#2
    AzureDiskVolumeSource diskName:string!#1 diskURI:string!#2 cachingMode:string?#3 fsType:string?#4
     readOnly:bool?#5 kind:string?#6
    PortworxVolumeSource volumeID:string!#1 fsType:string#2 readOnly:bool#3
    ScaleIOVolumeSource gateway:string!#1 system:string!#2 secretRef:LocalObjectReference#3 sslEnabled:bool#4
     protectionDomain:string#5 storagePool:string#6 storageMode:string#7 volumeName:string#8 fsType:string#9
     readOnly:bool#10
    ScaleIOPersistentVolumeSource gateway:string!#1 system:string!#2 secretRef:SecretReference#3
     sslEnabled:bool#4 protectionDomain:string#5 storagePool:string#6 storageMode:string#7 volumeName:string#8
     fsType:string#9 readOnly:bool#10
    StorageOSVolumeSource volumeName:string#1 volumeNamespace:string#2 fsType:string#3 readOnly:bool#4
     secretRef:LocalObjectReference#5
    StorageOSPersistentVolumeSource volumeName:string#1 volumeNamespace:string#2 fsType:string#3 readOnly:bool#4
     secretRef:ObjectReference#5
    ConfigMapVolumeSource name:string#1.1 items:[KeyToPath]#2 defaultMode:int32?#3 optional:bool?#4
    ConfigMapProjection name:string#1.1 items:[KeyToPath]#2 optional:bool?#4
    ServiceAccountTokenProjection audience:string#1 expirationSeconds:int64?#2 path:string!#3
    ClusterTrustBundleProjection name:string?#1 signerName:string?#2 labelSelector:LabelSelector#3
     optional:bool?#5 path:string!#4
    PodCertificateProjection signerName:string#1 keyType:string#2 maxExpirationSeconds:int32?#3
     credentialBundlePath:string#4 keyPath:string#5 certificateChainPath:string#6 userAnnotations:{string}#7
    ProjectedVolumeSource sources:[VolumeProjection]!#1 defaultMode:int32?#2
    VolumeProjection secret:SecretProjection#1 downwardAPI:DownwardAPIProjection#2
     configMap:ConfigMapProjection#3 serviceAccountToken:ServiceAccountTokenProjection#4
     clusterTrustBundle:ClusterTrustBundleProjection#5 podCertificate:PodCertificateProjection#6
    KeyToPath key:string!#1 path:string!#2 mode:int32?#3
    LocalVolumeSource path:string!#1 fsType:string?#2
    CSIPersistentVolumeSource driver:string!#1 volumeHandle:string!#2 readOnly:bool#3 fsType:string#4
     volumeAttributes:{string}#5 controllerPublishSecretRef:SecretReference#6
     nodeStageSecretRef:SecretReference#7 nodePublishSecretRef:SecretReference#8
     controllerExpandSecretRef:SecretReference#9 nodeExpandSecretRef:SecretReference#10
    CSIVolumeSource driver:string!#1 readOnly:bool?#2 fsType:string?#3 volumeAttributes:{string}#4
     nodePublishSecretRef:LocalObjectReference#5
    EphemeralVolumeSource volumeClaimTemplate:PersistentVolumeClaimTemplate#1
    PersistentVolumeClaimTemplate metadata:ObjectMeta!#1 spec:PersistentVolumeClaimSpec!#2
    VolumeResourceRequirements limits:{quantity}#1 requests:{quantity}#2
    VolumeStatus image:ImageVolumeStatus#1
    ImageVolumeStatus imageRef:string#1
    AttachedVolume name:string!#1 devicePath:string!#2
    DownwardAPIVolumeSource items:[DownwardAPIVolumeFile]#1 defaultMode:int32?#2
    DownwardAPIVolumeFile path:string!#1 fieldRef:ObjectFieldSelector#2 resourceFieldRef:ResourceFieldSelector#3
     mode:int32?#4
    DownwardAPIProjection items:[DownwardAPIVolumeFile]#1
    ImageVolumeSource reference:string#1 pullPolicy:string#2
    """

  static let storage = """
    @io.k8s.api.storage.v1
    StorageClass apiVersion:string kind:string metadata:ObjectMeta!#1 provisioner:string!#2
     parameters:{string}#3 reclaimPolicy:string?#4 mountOptions:[string]#5 allowVolumeExpansion:bool?#6
     volumeBindingMode:string?#7 allowedTopologies:[TopologySelectorTerm]#8
    VolumeAttachment apiVersion:string kind:string metadata:ObjectMeta!#1 spec:VolumeAttachmentSpec!#2
     status:VolumeAttachmentStatus!#3
    VolumeAttachmentSpec attacher:string!#1 source:VolumeAttachmentSource!#2 nodeName:string!#3
    VolumeAttachmentSource persistentVolumeName:string?#1 inlineVolumeSpec:PersistentVolumeSpec#2
    VolumeAttachmentStatus attached:bool!#1 attachmentMetadata:{string}#2 attachError:VolumeError#3
     detachError:VolumeError#4
    VolumeError time:time!#1 message:string#2 errorCode:int32?#3
    CSIDriver apiVersion:string kind:string metadata:ObjectMeta!#1 spec:CSIDriverSpec!#2
    CSIDriverSpec attachRequired:bool?#1 podInfoOnMount:bool?#2 volumeLifecycleModes:[string]%^#3
     storageCapacity:bool?#4 fsGroupPolicy:string?#5 tokenRequests:[storage.TokenRequest]#6
     requiresRepublish:bool?#7 seLinuxMount:bool?#8 nodeAllocatableUpdatePeriodSeconds:int64?#9
     serviceAccountTokenInSecrets:bool?#10 preventPodSchedulingIfMissing:bool?#11
    storage.TokenRequest audience:string!#1 expirationSeconds:int64?#2
    CSINode apiVersion:string kind:string metadata:ObjectMeta!#1 spec:CSINodeSpec!#2
    CSINodeSpec drivers:[CSINodeDriver]@name!#1
    CSINodeDriver name:string!#1 nodeID:string!#2 topologyKeys:[string]!#3 allocatable:VolumeNodeResources#4
    VolumeNodeResources count:int32?#1
    CSIStorageCapacity apiVersion:string kind:string metadata:ObjectMeta!#1 nodeTopology:LabelSelector#2
     storageClassName:string!#3 capacity:quantity?#4 maximumVolumeSize:quantity?#5
    VolumeAttributesClass apiVersion:string kind:string metadata:ObjectMeta!#1 driverName:string!#2
     parameters:{string}#3
    """
}
