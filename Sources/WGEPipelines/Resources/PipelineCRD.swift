extension Pipeline {
  /// The custom resource definition as YAML, ready to be applied.
  ///
  /// Every manifest that upstream's definition admits is admitted. Additions: the host types
  /// `azure-devops` and `local`, a pull request without Secret, and status fields.
  public static let customResourceDefinition = #"""
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata:
      name: pipelines.pipelines.weave.works
    spec:
      group: pipelines.weave.works
      names:
        kind: Pipeline
        listKind: PipelineList
        plural: pipelines
        singular: pipeline
      scope: Namespaced
      versions:
      - name: v1alpha1
        served: true
        storage: true
        subresources:
          status: {}
        additionalPrinterColumns:
        - {name: App Kind, type: string, jsonPath: .spec.appRef.kind}
        - {name: App Name, type: string, jsonPath: .spec.appRef.name}
        - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
        - name: Ready
          type: string
          jsonPath: .status.conditions[?(@.type=="Ready")].status
        - name: Status
          type: string
          jsonPath: .status.conditions[?(@.type=="Ready")].message
        schema:
          openAPIV3Schema:
            description: An application's way through its environments.
            type: object
            properties:
              apiVersion: {type: string}
              kind: {type: string}
              metadata: {type: object}
              spec:
                type: object
                required: [appRef, environments]
                properties:
                  appRef:
                    description: The application, of the same kind and name in every target.
                    type: object
                    required: [apiVersion, kind, name]
                    properties:
                      apiVersion: {type: string}
                      kind: {type: string}
                      name: {type: string}
                  environments:
                    description: The stages, in the order of promotion.
                    type: array
                    items:
                      type: object
                      required: [name, targets]
                      properties:
                        name:
                          description: Unique in the pipeline.
                          type: string
                        targets:
                          description: Where the application lives in this environment.
                          type: array
                          items:
                            type: object
                            required: [namespace]
                            properties:
                              namespace:
                                description: The namespace of the application on the target cluster.
                                type: string
                              clusterRef:
                                description: The cluster; absent for the one that holds the pipeline.
                                type: object
                                required: [kind, name]
                                properties:
                                  apiVersion: {type: string}
                                  kind: {type: string, enum: [GitopsCluster]}
                                  name: {type: string}
                                  namespace:
                                    description: Absent for the pipeline's namespace.
                                    type: string
                        promotion:
                          description: How to promote into this environment; replaces spec.promotion as a whole.
                          type: object
                          required: [strategy]
                          properties:
                            manual:
                              description: A person approves each revision.
                              type: boolean
                            strategy:
                              description: When several are set, the first of pull-request and notification counts.
                              type: object
                              properties:
                                pull-request:
                                  description: Opens a pull request that changes the marked versions.
                                  type: object
                                  required: [type, url, baseBranch]
                                  properties:
                                    type:
                                      type: string
                                      enum: [github, gitlab, bitbucket-server, azure-devops, local]
                                    url:
                                      description: Clone URL of the repository.
                                      type: string
                                    baseBranch:
                                      description: The branch that merging changes.
                                      type: string
                                    secretRef:
                                      description: Secret with token, username, password and optionally caFile.
                                      type: object
                                      required: [name]
                                      properties:
                                        name: {type: string}
                                notification:
                                  description: Emits an event.
                                  type: object
                                secretRef:
                                  description: Secret whose hmac-key signs calls of the promotion webhook.
                                  type: object
                                  required: [name]
                                  properties:
                                    name: {type: string}
                  promotion:
                    description: How to promote into environments that say nothing of their own.
                    type: object
                    required: [strategy]
                    properties:
                      manual:
                        description: A person approves each revision.
                        type: boolean
                      strategy:
                        description: When several are set, the first of pull-request and notification counts.
                        type: object
                        properties:
                          pull-request:
                            description: Opens a pull request that changes the marked versions.
                            type: object
                            required: [type, url, baseBranch]
                            properties:
                              type:
                                type: string
                                enum: [github, gitlab, bitbucket-server, azure-devops, local]
                              url:
                                description: Clone URL of the repository.
                                type: string
                              baseBranch:
                                description: The branch that merging changes.
                                type: string
                              secretRef:
                                description: Secret with token, username, password and optionally caFile.
                                type: object
                                required: [name]
                                properties:
                                  name: {type: string}
                          notification:
                            description: Emits an event.
                            type: object
                          secretRef:
                            description: Secret whose hmac-key signs calls of the promotion webhook.
                            type: object
                            required: [name]
                            properties:
                              name: {type: string}
              status:
                type: object
                default: {observedGeneration: -1}
                properties:
                  observedGeneration: {type: integer, format: int64}
                  latestRevision:
                    description: The revision that all targets of the first environment last agreed on.
                    type: string
                  conditions:
                    type: array
                    items:
                      type: object
                      required: [type, status, lastTransitionTime, reason, message]
                      properties:
                        type:
                          type: string
                          maxLength: 316
                          pattern: ^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$
                        status: {type: string, enum: ["True", "False", Unknown]}
                        observedGeneration: {type: integer, format: int64, minimum: 0}
                        lastTransitionTime: {type: string, format: date-time}
                        reason:
                          type: string
                          minLength: 1
                          maxLength: 1024
                          pattern: ^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$
                        message: {type: string, maxLength: 32768}
                  environments:
                    description: By environment name.
                    type: object
                    additionalProperties:
                      type: object
                      x-kubernetes-preserve-unknown-fields: true
                      properties:
                        waitingApproval:
                          type: object
                          required: [revision]
                          properties:
                            revision:
                              description: The revision that waits to be approved into this environment.
                              type: string
                        targets:
                          type: array
                          items:
                            type: object
                            required: [clusterAppRef, ready]
                            properties:
                              clusterAppRef:
                                type: object
                                required: [apiVersion, kind, name]
                                properties:
                                  apiVersion: {type: string}
                                  kind: {type: string}
                                  name: {type: string}
                                  clusterRef:
                                    type: object
                                    required: [kind, name]
                                    properties:
                                      apiVersion: {type: string}
                                      kind: {type: string, enum: [GitopsCluster]}
                                      name: {type: string}
                                      namespace:
                                        description: Absent for the pipeline's namespace.
                                        type: string
                              ready: {type: boolean}
                              revision: {type: string}
                              error: {type: string}
                        promotion:
                          description: The promotion into this environment.
                          type: object
                          x-kubernetes-preserve-unknown-fields: true
                          properties:
                            revision: {type: string}
                            state: {type: string}
                            reason: {type: string}
                            message: {type: string}
                            actor: {type: string}
                            attempt: {type: integer, format: int64}
                            generation: {type: integer, format: int64}
                            succeeded: {type: boolean}
                            startedAt: {type: string, format: date-time}
                            finishedAt: {type: string, format: date-time}
                            appliedAt: {type: string, format: date-time}
                            lastAttemptedTime: {type: string, format: date-time}
                            nextAttemptTime: {type: string, format: date-time}
                            pullRequest:
                              type: object
                              properties:
                                url: {type: string}
                                number: {type: integer, format: int64}
                                state: {type: string, enum: [open, mergeable, merged, abandoned]}
                            approvals:
                              type: array
                              items:
                                type: object
                                properties:
                                  revision: {type: string}
                                  decision: {type: string, enum: [approved, rejected]}
                                  actor: {type: string}
                                  time: {type: string, format: date-time}
                                  comment: {type: string}
                            retry:
                              type: object
                              properties:
                                actor: {type: string}
                                time: {type: string, format: date-time}
                            history:
                              description: Past promotions, newest first.
                              type: array
                              maxItems: 10
                              items:
                                type: object
                                properties:
                                  revision: {type: string}
                                  state: {type: string}
                                  startedAt: {type: string, format: date-time}
                                  finishedAt: {type: string, format: date-time}
                                  pullRequestURL: {type: string}
                                  actor: {type: string}
                                  message: {type: string}
                                  approvals:
                                    type: array
                                    items:
                                      type: object
                                      properties:
                                        revision: {type: string}
                                        decision: {type: string, enum: [approved, rejected]}
                                        actor: {type: string}
                                        time: {type: string, format: date-time}
                                        comment: {type: string}

    """#
}
