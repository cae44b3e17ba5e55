extension GitopsCluster {
  /// The CustomResourceDefinition, as YAML, to install by server-side apply.
  public static let customResourceDefinition = """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata:
      name: gitopsclusters.gitops.weave.works
    spec:
      group: gitops.weave.works
      names:
        kind: GitopsCluster
        listKind: GitopsClusterList
        plural: gitopsclusters
        singular: gitopscluster
      scope: Namespaced
      versions:
        - name: v1alpha1
          served: true
          storage: true
          subresources:
            status: {}
          additionalPrinterColumns:
            - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
            - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
            - {name: Status, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].message'}
            - name: ClusterConnectivity
              type: string
              jsonPath: '.status.conditions[?(@.type=="ClusterConnectivity")].status'
          schema:
            openAPIV3Schema:
              description: A cluster that is managed from this one, and where its kubeconfig is kept.
              type: object
              x-kubernetes-validations:
                - rule: has(self.spec)
                  message: must configure spec
              properties:
                apiVersion: {type: string}
                kind: {type: string}
                metadata: {type: object}
                spec:
                  description: Exactly one of secretRef and capiClusterRef.
                  type: object
                  x-kubernetes-validations:
                    - rule: has(self.secretRef) || has(self.capiClusterRef)
                      message: must provide a secretRef or capiClusterRef
                    - rule: '!(has(self.secretRef) && has(self.capiClusterRef))'
                      message: cannot provide both capiClusterRef and secretRef
                  properties:
                    secretRef:
                      description: A Secret in this namespace that holds a kubeconfig under value or value.yaml.
                      type: object
                      required: [name]
                      properties:
                        name: {type: string}
                    capiClusterRef:
                      description: A Cluster API Cluster in this namespace; its kubeconfig is the Secret NAME-kubeconfig.
                      type: object
                      required: [name]
                      properties:
                        name: {type: string}
                status:
                  description: What the controller found out.
                  type: object
                  properties:
                    conditions:
                      type: array
                      items:
                        type: object
                        required: [type, status, reason, message, lastTransitionTime]
                        properties:
                          type: {type: string, maxLength: 316}
                          status: {type: string, enum: ["True", "False", Unknown]}
                          reason: {type: string, maxLength: 1024}
                          message: {type: string, maxLength: 32768}
                          lastTransitionTime: {type: string, format: date-time}
                          observedGeneration: {type: integer, format: int64, minimum: 0}
    """
}
