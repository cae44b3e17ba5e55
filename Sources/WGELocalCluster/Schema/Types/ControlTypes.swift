extension BuiltInTypes {
  // What steers the API server: admission, aggregation and flow control; leases, events and runtime classes.

  static let admissionregistration = """
    @io.k8s.api.admissionregistration.v1
    Rule apiGroups:[string]#1 apiVersions:[string]#2 resources:[string]#3 scope:string?#4
    ValidatingAdmissionPolicy apiVersion:string kind:string metadata:ObjectMeta!#1
     spec:ValidatingAdmissionPolicySpec!#2 status:ValidatingAdmissionPolicyStatus!#3
    ValidatingAdmissionPolicyStatus observedGeneration:int64#1 typeChecking:TypeChecking#2
     conditions:[Condition]@type^#3
    TypeChecking expressionWarnings:[ExpressionWarning]#1
    ExpressionWarning fieldRef:string!#2 warning:string!#3
    ValidatingAdmissionPolicySpec paramKind:ParamKind#1 matchConstraints:MatchResources#2
     validations:[Validation]#3 failurePolicy:string?#4 auditAnnotations:[AuditAnnotation]#5
     matchConditions:[MatchCondition]@name#6 variables:[Variable]@name#7
    ParamKind~ apiVersion:string#1 kind:string#2
    Validation expression:string!#1 message:string#2 reason:string?#3 messageExpression:string#4
    Variable~ name:string!#1 expression:string!#2
    AuditAnnotation key:string!#1 valueExpression:string!#2
    ValidatingAdmissionPolicyBinding apiVersion:string kind:string metadata:ObjectMeta!#1
     spec:ValidatingAdmissionPolicyBindingSpec!#2
    ValidatingAdmissionPolicyBindingSpec policyName:string#1 paramRef:ParamRef#2 matchResources:MatchResources#3
     validationActions:[string]%^#4
    ParamRef~ name:string#1 namespace:string#2 selector:LabelSelector#3 parameterNotFoundAction:string?#4
    MatchResources~ namespaceSelector:LabelSelector#1 objectSelector:LabelSelector#2
     resourceRules:[NamedRuleWithOperations]#3 excludeResourceRules:[NamedRuleWithOperations]#4
     matchPolicy:string?#7
    NamedRuleWithOperations~ resourceNames:[string]#1 operations:[string]#2.1 apiGroups:[string]#2.1
     apiVersions:[string]#2.2 resources:[string]#2.3 scope:string?#2.4
    ValidatingWebhookConfiguration apiVersion:string kind:string metadata:ObjectMeta!#1
     webhooks:[ValidatingWebhook]@name#2
    MutatingWebhookConfiguration apiVersion:string kind:string metadata:ObjectMeta!#1
     webhooks:[MutatingWebhook]@name#2
    ValidatingWebhook name:string!#1 clientConfig:WebhookClientConfig!#2 rules:[RuleWithOperations]#3
     failurePolicy:string?#4 matchPolicy:string?#9 namespaceSelector:LabelSelector#5
     objectSelector:LabelSelector#10 sideEffects:string?#6 timeoutSeconds:int32?#7
     admissionReviewVersions:[string]!#8 matchConditions:[MatchCondition]@name#11
    MutatingWebhook name:string!#1 clientConfig:WebhookClientConfig!#2 rules:[RuleWithOperations]#3
     failurePolicy:string?#4 matchPolicy:string?#9 namespaceSelector:LabelSelector#5
     objectSelector:LabelSelector#11 sideEffects:string?#6 timeoutSeconds:int32?#7
     admissionReviewVersions:[string]!#8 reinvocationPolicy:string?#10 matchConditions:[MatchCondition]@name#12
    MutatingAdmissionPolicy apiVersion:string kind:string metadata:ObjectMeta!#1
     spec:MutatingAdmissionPolicySpec!#2
    MutatingAdmissionPolicySpec paramKind:ParamKind#1 matchConstraints:MatchResources#2 variables:[Variable]#3
     mutations:[Mutation]#4 failurePolicy:string?#5 matchConditions:[MatchCondition]@name#6
     reinvocationPolicy:string#7
    Mutation patchType:string!#2 applyConfiguration:ApplyConfiguration#3 jsonPatch:JSONPatch#4
    ApplyConfiguration expression:string#1
    JSONPatch expression:string#1
    MutatingAdmissionPolicyBinding apiVersion:string kind:string metadata:ObjectMeta!#1
     spec:MutatingAdmissionPolicyBindingSpec!#2
    MutatingAdmissionPolicyBindingSpec policyName:string#1 paramRef:ParamRef#2 matchResources:MatchResources#3
    RuleWithOperations operations:[string]#1 apiGroups:[string]#2.1 apiVersions:[string]#2.2
     resources:[string]#2.3 scope:string?#2.4
    WebhookClientConfig url:string?#3 service:ServiceReference#1 caBundle:bytes#2
    ServiceReference namespace:string!#1 name:string!#2 path:string?#3 port:int32?#4
    MatchCondition name:string!#1 expression:string!#2
    """

  static let apiregistration = """
    @io.k8s.kube-aggregator.pkg.apis.apiregistration.v1
    apiregistration.ServiceReference namespace:string#1 name:string#2 port:int32?#3
    APIServiceSpec service:apiregistration.ServiceReference#1 group:string#2 version:string#3
     insecureSkipTLSVerify:bool#4 caBundle:bytes#5 groupPriorityMinimum:int32!#7 versionPriority:int32!#8
    APIServiceCondition type:string!#1 status:string!#2 lastTransitionTime:time!#3 reason:string#4
     message:string#5
    APIServiceStatus conditions:[APIServiceCondition]@type#1
    APIService apiVersion:string kind:string metadata:ObjectMeta!#1 spec:APIServiceSpec!#2
     status:APIServiceStatus!#3
    """

  static let flowcontrol = """
    @io.k8s.api.flowcontrol.v1
    FlowSchema apiVersion:string kind:string metadata:ObjectMeta!#1 spec:FlowSchemaSpec!#2
     status:FlowSchemaStatus!#3
    FlowSchemaSpec priorityLevelConfiguration:PriorityLevelConfigurationReference!#1 matchingPrecedence:int32!#2
     distinguisherMethod:FlowDistinguisherMethod#3 rules:[PolicyRulesWithSubjects]#4
    FlowDistinguisherMethod type:string!#1
    PriorityLevelConfigurationReference name:string!#1
    PolicyRulesWithSubjects subjects:[flowcontrol.Subject]!#1 resourceRules:[ResourcePolicyRule]#2
     nonResourceRules:[NonResourcePolicyRule]#3
    flowcontrol.Subject kind:string!#1 user:UserSubject#2 group:GroupSubject#3
     serviceAccount:ServiceAccountSubject#4
    UserSubject name:string!#1
    GroupSubject name:string!#1
    ServiceAccountSubject namespace:string!#1 name:string!#2
    ResourcePolicyRule verbs:[string]%^!#1 apiGroups:[string]%^!#2 resources:[string]%^!#3 clusterScope:bool#4
     namespaces:[string]%^!#5
    NonResourcePolicyRule verbs:[string]%^!#1 nonResourceURLs:[string]%^!#6
    FlowSchemaStatus conditions:[FlowSchemaCondition]@type#1
    FlowSchemaCondition type:string#1 status:string#2 lastTransitionTime:time!#3 reason:string#4
     message:string#5
    PriorityLevelConfiguration apiVersion:string kind:string metadata:ObjectMeta!#1
     spec:PriorityLevelConfigurationSpec!#2 status:PriorityLevelConfigurationStatus!#3
    PriorityLevelConfigurationSpec type:string!#1 limited:LimitedPriorityLevelConfiguration#2
     exempt:ExemptPriorityLevelConfiguration#3
    LimitedPriorityLevelConfiguration nominalConcurrencyShares:int32?#1 limitResponse:LimitResponse!#2
     lendablePercent:int32?#3 borrowingLimitPercent:int32?#4
    ExemptPriorityLevelConfiguration nominalConcurrencyShares:int32?#1 lendablePercent:int32?#2
    LimitResponse type:string!#1 queuing:QueuingConfiguration#2
    QueuingConfiguration queues:int32!#1 handSize:int32!#2 queueLengthLimit:int32!#3
    PriorityLevelConfigurationStatus conditions:[PriorityLevelConfigurationCondition]@type#1
    PriorityLevelConfigurationCondition type:string#1 status:string#2 lastTransitionTime:time!#3 reason:string#4
     message:string#5
    """

  static let coordination = """
    @io.k8s.api.coordination.v1
    Lease apiVersion:string kind:string metadata:ObjectMeta!#1 spec:LeaseSpec!#2
    LeaseSpec holderIdentity:string?#1 leaseDurationSeconds:int32?#2 acquireTime:microtime?#3
     renewTime:microtime?#4 leaseTransitions:int32?#5 strategy:string?#6 preferredHolder:string?#7
    """

  static let events = """
    @io.k8s.api.events.v1
    events.Event apiVersion:string kind:string metadata:ObjectMeta!#1 eventTime:microtime!#2
     series:events.EventSeries#3 reportingController:string#4 reportingInstance:string#5 action:string#6
     reason:string#7 regarding:ObjectReference!#8 related:ObjectReference#9 note:string#10 type:string#11
     deprecatedSource:EventSource!#12 deprecatedFirstTimestamp:time!#13 deprecatedLastTimestamp:time!#14
     deprecatedCount:int32#15
    events.EventSeries count:int32!#1 lastObservedTime:microtime!#2
    """

  static let node = """
    @io.k8s.api.node.v1
    RuntimeClass apiVersion:string kind:string metadata:ObjectMeta!#1 handler:string!#2 overhead:Overhead#3
     scheduling:Scheduling#4
    Overhead podFixed:{quantity}#1
    Scheduling nodeSelector:{string}~#1 tolerations:[Toleration]#2
    """
}
