extension BuiltInTypes {
  // The groups authentication, authorization, rbac and certificates.

  static let authentication = """
    @io.k8s.api.authentication.v1
    TokenReview apiVersion:string kind:string metadata:ObjectMeta!#1 spec:TokenReviewSpec!#2
     status:TokenReviewStatus!#3
    TokenReviewSpec token:string#1 audiences:[string]#2
    TokenReviewStatus authenticated:bool#1 user:UserInfo!#2 audiences:[string]#4 error:string#3
    UserInfo username:string#1 uid:string#2 groups:[string]#3 extra:{[string]}#4
    TokenRequest apiVersion:string kind:string metadata:ObjectMeta!#1 spec:TokenRequestSpec!#2
     status:TokenRequestStatus!#3
    TokenRequestSpec audiences:[string]!#1 expirationSeconds:int64?#4 boundObjectRef:BoundObjectReference#3
    TokenRequestStatus token:string!#1 expirationTimestamp:time!#2
    BoundObjectReference kind:string#1 apiVersion:string#2 name:string#3 uid:string#4
    SelfSubjectReview apiVersion:string kind:string metadata:ObjectMeta!#1 status:SelfSubjectReviewStatus!#2
    SelfSubjectReviewStatus userInfo:UserInfo!#1
    """

  static let authorization = """
    @io.k8s.api.authorization.v1
    SubjectAccessReview apiVersion:string kind:string metadata:ObjectMeta!#1 spec:SubjectAccessReviewSpec!#2
     status:SubjectAccessReviewStatus!#3
    SelfSubjectAccessReview apiVersion:string kind:string metadata:ObjectMeta!#1
     spec:SelfSubjectAccessReviewSpec!#2 status:SubjectAccessReviewStatus!#3
    LocalSubjectAccessReview apiVersion:string kind:string metadata:ObjectMeta!#1
     spec:SubjectAccessReviewSpec!#2 status:SubjectAccessReviewStatus!#3
    ResourceAttributes namespace:string#1 verb:string#2 group:string#3 version:string#4 resource:string#5
     subresource:string#6 name:string#7 fieldSelector:FieldSelectorAttributes#8
     labelSelector:LabelSelectorAttributes#9
    LabelSelectorAttributes rawSelector:string#1 requirements:[LabelSelectorRequirement]#2
    FieldSelectorAttributes rawSelector:string#1 requirements:[FieldSelectorRequirement]#2
    NonResourceAttributes path:string#1 verb:string#2
    SubjectAccessReviewSpec resourceAttributes:ResourceAttributes#1
     nonResourceAttributes:NonResourceAttributes#2 user:string#3 groups:[string]#4 extra:{[string]}#5
     uid:string#6
    SelfSubjectAccessReviewSpec resourceAttributes:ResourceAttributes#1
     nonResourceAttributes:NonResourceAttributes#2
    SubjectAccessReviewStatus allowed:bool!#1 denied:bool#4 reason:string#2 evaluationError:string#3
    SelfSubjectRulesReview apiVersion:string kind:string metadata:ObjectMeta!#1
     spec:SelfSubjectRulesReviewSpec!#2 status:SubjectRulesReviewStatus!#3
    SelfSubjectRulesReviewSpec namespace:string#1
    SubjectRulesReviewStatus resourceRules:[ResourceRule]!#1 nonResourceRules:[NonResourceRule]!#2
     incomplete:bool!#3 evaluationError:string#4
    ResourceRule verbs:[string]!#1 apiGroups:[string]#2 resources:[string]#3 resourceNames:[string]#4
    NonResourceRule verbs:[string]!#1 nonResourceURLs:[string]#2
    """

  static let rbac = """
    @io.k8s.api.rbac.v1
    PolicyRule verbs:[string]!#1 apiGroups:[string]#2 resources:[string]#3 resourceNames:[string]#4
     nonResourceURLs:[string]#5
    Subject~ kind:string!#1 apiGroup:string#2 name:string!#3 namespace:string#4
    RoleRef~ apiGroup:string!#1 kind:string!#2 name:string!#3
    Role apiVersion:string kind:string metadata:ObjectMeta!#1 rules:[PolicyRule]!#2
    RoleBinding apiVersion:string kind:string metadata:ObjectMeta!#1 subjects:[Subject]#2 roleRef:RoleRef!#3
    ClusterRole apiVersion:string kind:string metadata:ObjectMeta!#1 rules:[PolicyRule]!#2
     aggregationRule:AggregationRule#3
    AggregationRule clusterRoleSelectors:[LabelSelector]#1
    ClusterRoleBinding apiVersion:string kind:string metadata:ObjectMeta!#1 subjects:[Subject]#2
     roleRef:RoleRef!#3
    """

  static let certificates = """
    @io.k8s.api.certificates.v1
    CertificateSigningRequest apiVersion:string kind:string metadata:ObjectMeta!#1
     spec:CertificateSigningRequestSpec!#2 status:CertificateSigningRequestStatus!#3
    CertificateSigningRequestSpec request:bytes!#1 signerName:string!#7 expirationSeconds:int32?#8
     usages:[string]#5 username:string#2 uid:string#3 groups:[string]#4 extra:{[string]}#6
    CertificateSigningRequestStatus conditions:[CertificateSigningRequestCondition]@type^#1 certificate:bytes#2
    CertificateSigningRequestCondition type:string!#1 status:string!#6 reason:string#2 message:string#3
     lastUpdateTime:time!#4 lastTransitionTime:time!#5
    """
}
