extension BuiltInTypes {
  // The groups networking and discovery.

  static let networking = """
    @io.k8s.api.networking.v1
    NetworkPolicy apiVersion:string kind:string metadata:ObjectMeta!#1 spec:NetworkPolicySpec!#2
    NetworkPolicySpec podSelector:LabelSelector!#1 ingress:[NetworkPolicyIngressRule]#2
     egress:[NetworkPolicyEgressRule]#3 policyTypes:[string]#4
    NetworkPolicyIngressRule ports:[NetworkPolicyPort]#1 from:[NetworkPolicyPeer]#2
    NetworkPolicyEgressRule ports:[NetworkPolicyPort]#1 to:[NetworkPolicyPeer]#2
    NetworkPolicyPort protocol:string?#1 port:intstr?#2 endPort:int32?#3
    IPBlock cidr:string!#1 except:[string]#2
    NetworkPolicyPeer podSelector:LabelSelector#1 namespaceSelector:LabelSelector#2 ipBlock:IPBlock#3
    Ingress apiVersion:string kind:string metadata:ObjectMeta!#1 spec:IngressSpec!#2 status:IngressStatus!#3
    IngressSpec ingressClassName:string?#4 defaultBackend:IngressBackend#1 tls:[IngressTLS]#2
     rules:[IngressRule]#3
    IngressTLS hosts:[string]#1 secretName:string#2
    IngressStatus loadBalancer:IngressLoadBalancerStatus!#1
    IngressLoadBalancerStatus ingress:[IngressLoadBalancerIngress]#1
    IngressLoadBalancerIngress ip:string#1 hostname:string#2 ports:[IngressPortStatus]#4
    IngressPortStatus port:int32!#1 protocol:string!#2 error:string?#3
    IngressRule host:string#1 http:HTTPIngressRuleValue#2.1
    IngressRuleValue http:HTTPIngressRuleValue#1
    HTTPIngressRuleValue paths:[HTTPIngressPath]!#1
    HTTPIngressPath path:string#1 pathType:string?#3 backend:IngressBackend!#2
    IngressBackend service:IngressServiceBackend#4 resource:TypedLocalObjectReference#3
    IngressServiceBackend name:string!#1 port:ServiceBackendPort!#2
    ServiceBackendPort~ name:string#1 number:int32#2
    IngressClass apiVersion:string kind:string metadata:ObjectMeta!#1 spec:IngressClassSpec!#2
    IngressClassSpec controller:string#1 parameters:IngressClassParametersReference#2
    IngressClassParametersReference apiGroup:string?#1 kind:string!#2 name:string!#3 scope:string?#4
     namespace:string?#5
    IPAddress apiVersion:string kind:string metadata:ObjectMeta!#1 spec:IPAddressSpec!#2
    IPAddressSpec parentRef:ParentReference#1
    ParentReference group:string#1 resource:string#2 namespace:string#3 name:string#4
    ServiceCIDR apiVersion:string kind:string metadata:ObjectMeta!#1 spec:ServiceCIDRSpec!#2
     status:ServiceCIDRStatus!#3
    ServiceCIDRSpec cidrs:[string]#1
    ServiceCIDRStatus conditions:[Condition]@type#1
    """

  static let discovery = """
    @io.k8s.api.discovery.v1
    EndpointSlice apiVersion:string kind:string metadata:ObjectMeta!#1 addressType:string!#4
     endpoints:[Endpoint]!#2 ports:[discovery.EndpointPort]!#3
    Endpoint addresses:[string]%^!#1 conditions:EndpointConditions!#2 hostname:string?#3
     targetRef:ObjectReference#4 deprecatedTopology:{string}#5 nodeName:string?#6 zone:string?#7
     hints:EndpointHints#8
    EndpointConditions ready:bool?#1 serving:bool?#2 terminating:bool?#3
    EndpointHints forZones:[ForZone]#1 forNodes:[ForNode]#2
    ForZone name:string!#1
    ForNode name:string!#1
    discovery.EndpointPort~ name:string?#1 protocol:string?#2 port:int32?#3 appProtocol:string?#4
    """
}
