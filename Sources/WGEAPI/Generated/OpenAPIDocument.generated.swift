// Made by `make protos` from Sources/WGEAPI/Protos. Do not edit.
// swift-format-ignore-file

/// The API as an OpenAPI 3.1 document.
public enum OpenAPIDocument {
  /// The document as JSON text.
  public static let json = #"""
    {
     "openapi": "3.1.0",
     "info": {
      "title": "WGE",
      "version": "1",
      "description": "GitOps on Kubernetes and Flux: clusters, pipelines and promotions. Every message field is present in answers, also when it is empty. The same services are served over gRPC.",
      "license": {
       "name": "Apache-2.0",
       "identifier": "Apache-2.0"
      }
     },
     "servers": [
      {
       "url": "/"
      }
     ],
     "security": [
      {
       "session": []
      },
      {
       "bearer": []
      }
     ],
     "tags": [
      {
       "name": "Session",
       "description": "Signing in and out."
      },
      {
       "name": "Live",
       "description": "News of changes."
      },
      {
       "name": "Operation",
       "description": "For those who run the server."
      },
      {
       "name": "ClustersService",
       "description": "Lists the clusters that the server knows."
      },
      {
       "name": "Core",
       "description": "Facts about the server."
      },
      {
       "name": "Pipelines",
       "description": "Lists and reads pipelines and approves promotions."
      },
      {
       "name": "PullRequests",
       "description": "Lists and merges pull requests. Served only where the host of the server has a Git host."
      }
     ],
     "paths": {
      "/healthz": {
       "get": {
        "operationId": "Operation_Health",
        "tags": [
         "Operation"
        ],
        "summary": "Says whether the process lives",
        "security": [],
        "responses": {
         "200": {
          "description": "It does.",
          "content": {
           "text/plain": {
            "schema": {
             "const": "ok\n"
            }
           }
          }
         }
        }
       }
      },
      "/oauth2/logout": {
       "post": {
        "operationId": "Session_Logout",
        "tags": [
         "Session"
        ],
        "summary": "Ends the session",
        "description": "Also succeeds without a session.",
        "security": [
         {},
         {
          "session": []
         }
        ],
        "responses": {
         "200": {
          "description": "Signed out."
         },
         "403": {
          "$ref": "#/components/responses/Session"
         }
        }
       }
      },
      "/oauth2/sign_in": {
       "post": {
        "operationId": "Session_SignIn",
        "tags": [
         "Session"
        ],
        "summary": "Signs in with the cluster-user account",
        "description": "Limited in rate by client address and by user name. The session cookie is in the answer.",
        "security": [],
        "requestBody": {
         "required": true,
         "content": {
          "application/json": {
           "schema": {
            "$ref": "#/components/schemas/SignIn"
           }
          }
         }
        },
        "responses": {
         "200": {
          "description": "Signed in.",
          "headers": {
           "Set-Cookie": {
            "description": "The session.",
            "schema": {
             "type": "string"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Session"
         },
         "401": {
          "$ref": "#/components/responses/Session"
         },
         "403": {
          "$ref": "#/components/responses/Session"
         },
         "413": {
          "$ref": "#/components/responses/Session"
         },
         "415": {
          "$ref": "#/components/responses/Session"
         },
         "429": {
          "$ref": "#/components/responses/Session"
         },
         "503": {
          "$ref": "#/components/responses/Session"
         }
        }
       }
      },
      "/oauth2/userinfo": {
       "get": {
        "operationId": "Session_UserInfo",
        "tags": [
         "Session"
        ],
        "summary": "Says who the caller is",
        "description": "400 without credentials.",
        "security": [
         {},
         {
          "session": []
         },
         {
          "bearer": []
         }
        ],
        "responses": {
         "200": {
          "description": "The caller.",
          "content": {
           "application/json": {
            "schema": {
             "$ref": "#/components/schemas/UserInfo"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Session"
         },
         "401": {
          "$ref": "#/components/responses/Session"
         },
         "503": {
          "$ref": "#/components/responses/Session"
         }
        }
       }
      },
      "/openapi.json": {
       "get": {
        "operationId": "Operation_OpenAPI",
        "tags": [
         "Operation"
        ],
        "summary": "This document",
        "security": [],
        "responses": {
         "200": {
          "description": "The document.",
          "content": {
           "application/json": {
            "schema": {
             "type": "object"
            }
           }
          }
         }
        }
       }
      },
      "/readyz": {
       "get": {
        "operationId": "Operation_Ready",
        "tags": [
         "Operation"
        ],
        "summary": "Says whether the server can do its work",
        "security": [],
        "responses": {
         "200": {
          "description": "It can.",
          "content": {
           "text/plain": {
            "schema": {
             "type": "string"
            }
           }
          }
         },
         "503": {
          "description": "It cannot.",
          "content": {
           "text/plain": {
            "schema": {
             "type": "string"
            }
           }
          }
         }
        }
       }
      },
      "/v1/clusters": {
       "get": {
        "operationId": "ClustersService_ListGitopsClusters",
        "tags": [
         "ClustersService"
        ],
        "summary": "Lists the registered clusters and the management cluster, sorted by name",
        "description": "A cluster that cannot be reached stays in the list with its condition.",
        "parameters": [
         {
          "name": "label",
          "in": "query",
          "required": false,
          "description": "A label selector, such as `region=eu,tier!=test`; all clusters when empty.",
          "schema": {
           "type": "string"
          }
         },
         {
          "name": "pageSize",
          "in": "query",
          "required": false,
          "description": "At most this many; all when 0.",
          "schema": {
           "type": "integer",
           "format": "int32",
           "minimum": -2147483648,
           "maximum": 2147483647
          }
         },
         {
          "name": "pageToken",
          "in": "query",
          "required": false,
          "description": "`nextPageToken` of the answer before; empty for the first page.",
          "schema": {
           "type": "string"
          }
         },
         {
          "name": "refType",
          "in": "query",
          "required": false,
          "description": "`Secret` or `CAPICluster`: only clusters registered that way; all when empty.",
          "schema": {
           "type": "string"
          }
         }
        ],
        "responses": {
         "200": {
          "description": "The clusters, and what could not be read.",
          "content": {
           "application/json": {
            "schema": {
             "$ref": "#/components/schemas/cluster_services.v1.ListGitopsClustersResponse"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Invalid"
         },
         "401": {
          "$ref": "#/components/responses/Unauthenticated"
         },
         "default": {
          "$ref": "#/components/responses/Failed"
         }
        }
       }
      },
      "/v1/featureflags": {
       "get": {
        "operationId": "Core_GetFeatureFlags",
        "tags": [
         "Core"
        ],
        "summary": "Reads the feature flags",
        "description": "Callers who have not signed in see the flags that a sign-in page needs; the others see all.",
        "responses": {
         "200": {
          "description": "Feature flags.",
          "content": {
           "application/json": {
            "schema": {
             "$ref": "#/components/schemas/gitops_core.v1.GetFeatureFlagsResponse"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Invalid"
         },
         "default": {
          "$ref": "#/components/responses/Failed"
         }
        },
        "security": [
         {},
         {
          "session": []
         },
         {
          "bearer": []
         }
        ]
       }
      },
      "/v1/pipelines": {
       "get": {
        "operationId": "Pipelines_ListPipelines",
        "tags": [
         "Pipelines"
        ],
        "summary": "Lists the pipelines that the caller may see, sorted by namespace and name",
        "description": "A namespace that cannot be read becomes an entry of `errors`; the others are still listed.",
        "parameters": [
         {
          "name": "namespace",
          "in": "query",
          "required": false,
          "description": "Only pipelines of this namespace; all namespaces when empty.",
          "schema": {
           "type": "string"
          }
         }
        ],
        "responses": {
         "200": {
          "description": "The pipelines, and what could not be read.",
          "content": {
           "application/json": {
            "schema": {
             "$ref": "#/components/schemas/pipelines.v1.ListPipelinesResponse"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Invalid"
         },
         "401": {
          "$ref": "#/components/responses/Unauthenticated"
         },
         "default": {
          "$ref": "#/components/responses/Failed"
         }
        }
       }
      },
      "/v1/pipelines/approve/{name}": {
       "post": {
        "operationId": "Pipelines_ApprovePromotion",
        "tags": [
         "Pipelines"
        ],
        "summary": "Approves the promotion of one revision into one environment",
        "description": "Refused when that revision is not the one that waits for approval.",
        "requestBody": {
         "required": true,
         "content": {
          "application/json": {
           "schema": {
            "$ref": "#/components/schemas/pipelines.v1.ApprovePromotionRequest"
           }
          }
         }
        },
        "parameters": [
         {
          "name": "name",
          "in": "path",
          "required": true,
          "description": "Name of the Pipeline object.",
          "schema": {
           "type": "string",
           "minLength": 1
          }
         }
        ],
        "responses": {
         "200": {
          "description": "What the approval started.",
          "content": {
           "application/json": {
            "schema": {
             "$ref": "#/components/schemas/pipelines.v1.ApprovePromotionResponse"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Invalid"
         },
         "401": {
          "$ref": "#/components/responses/Unauthenticated"
         },
         "default": {
          "$ref": "#/components/responses/Failed"
         }
        }
       }
      },
      "/v1/pipelines/list_prs/{name}": {
       "post": {
        "operationId": "Pipelines_ListPullRequests",
        "tags": [
         "Pipelines"
        ],
        "summary": "Lists the open promotion pull request of each environment",
        "requestBody": {
         "required": true,
         "content": {
          "application/json": {
           "schema": {
            "$ref": "#/components/schemas/pipelines.v1.ListPullRequestsRequest"
           }
          }
         }
        },
        "parameters": [
         {
          "name": "name",
          "in": "path",
          "required": true,
          "description": "Name of the Pipeline object.",
          "schema": {
           "type": "string",
           "minLength": 1
          }
         }
        ],
        "responses": {
         "200": {
          "description": "Open promotion pull requests.",
          "content": {
           "application/json": {
            "schema": {
             "$ref": "#/components/schemas/pipelines.v1.ListPullRequestsResponse"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Invalid"
         },
         "401": {
          "$ref": "#/components/responses/Unauthenticated"
         },
         "default": {
          "$ref": "#/components/responses/Failed"
         }
        }
       }
      },
      "/v1/pipelines/reject/{name}": {
       "post": {
        "operationId": "Pipelines_RejectPromotion",
        "tags": [
         "Pipelines"
        ],
        "summary": "Turns down one revision that waits for approval: its promotion is abandoned",
        "description": "Refused when that revision is not the one that waits for approval.",
        "requestBody": {
         "required": true,
         "content": {
          "application/json": {
           "schema": {
            "$ref": "#/components/schemas/pipelines.v1.RejectPromotionRequest"
           }
          }
         }
        },
        "parameters": [
         {
          "name": "name",
          "in": "path",
          "required": true,
          "description": "Name of the Pipeline object.",
          "schema": {
           "type": "string",
           "minLength": 1
          }
         }
        ],
        "responses": {
         "200": {
          "description": "The environment after the answer.",
          "content": {
           "application/json": {
            "schema": {
             "$ref": "#/components/schemas/pipelines.v1.RejectPromotionResponse"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Invalid"
         },
         "401": {
          "$ref": "#/components/responses/Unauthenticated"
         },
         "default": {
          "$ref": "#/components/responses/Failed"
         }
        }
       }
      },
      "/v1/pipelines/retry/{name}": {
       "post": {
        "operationId": "Pipelines_RetryPromotion",
        "tags": [
         "Pipelines"
        ],
        "summary": "Tries an abandoned, failed or stalled promotion again",
        "requestBody": {
         "required": true,
         "content": {
          "application/json": {
           "schema": {
            "$ref": "#/components/schemas/pipelines.v1.RetryPromotionRequest"
           }
          }
         }
        },
        "parameters": [
         {
          "name": "name",
          "in": "path",
          "required": true,
          "description": "Name of the Pipeline object.",
          "schema": {
           "type": "string",
           "minLength": 1
          }
         }
        ],
        "responses": {
         "200": {
          "description": "The environment after the call.",
          "content": {
           "application/json": {
            "schema": {
             "$ref": "#/components/schemas/pipelines.v1.RetryPromotionResponse"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Invalid"
         },
         "401": {
          "$ref": "#/components/responses/Unauthenticated"
         },
         "default": {
          "$ref": "#/components/responses/Failed"
         }
        }
       }
      },
      "/v1/pipelines/{name}": {
       "get": {
        "operationId": "Pipelines_GetPipeline",
        "tags": [
         "Pipelines"
        ],
        "summary": "Reads one pipeline with the state of its application in every target",
        "description": "A target that cannot be read becomes an entry of `errors`; the others are still shown.",
        "parameters": [
         {
          "name": "name",
          "in": "path",
          "required": true,
          "description": "Name of the Pipeline object.",
          "schema": {
           "type": "string",
           "minLength": 1
          }
         },
         {
          "name": "namespace",
          "in": "query",
          "required": true,
          "description": "Namespace of the Pipeline object.",
          "schema": {
           "type": "string",
           "minLength": 1
          }
         }
        ],
        "responses": {
         "200": {
          "description": "One pipeline, and the targets that could not be read.",
          "content": {
           "application/json": {
            "schema": {
             "$ref": "#/components/schemas/pipelines.v1.GetPipelineResponse"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Invalid"
         },
         "401": {
          "$ref": "#/components/responses/Unauthenticated"
         },
         "default": {
          "$ref": "#/components/responses/Failed"
         }
        }
       }
      },
      "/v1/pull_requests": {
       "get": {
        "operationId": "PullRequests_ListPullRequests",
        "tags": [
         "PullRequests"
        ],
        "summary": "Lists the pull requests of one repository, newest first",
        "parameters": [
         {
          "name": "repository",
          "in": "query",
          "required": false,
          "description": "Repository as the Git host names it, such as `org/fleet`; all repositories of the server when\nempty.",
          "schema": {
           "type": "string"
          }
         },
         {
          "name": "state",
          "in": "query",
          "required": false,
          "description": "`open`, `merged` or `closed`; `all` or empty for every state.",
          "schema": {
           "type": "string"
          }
         }
        ],
        "responses": {
         "200": {
          "description": "The pull requests.",
          "content": {
           "application/json": {
            "schema": {
             "$ref": "#/components/schemas/wge.pullrequests.v1.ListPullRequestsResponse"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Invalid"
         },
         "401": {
          "$ref": "#/components/responses/Unauthenticated"
         },
         "default": {
          "$ref": "#/components/responses/Failed"
         }
        }
       }
      },
      "/v1/pull_requests/merge": {
       "post": {
        "operationId": "PullRequests_MergePullRequest",
        "tags": [
         "PullRequests"
        ],
        "summary": "Merges an open pull request",
        "description": "A pull request that conflicts with its base branch is refused and left as it is.",
        "requestBody": {
         "required": true,
         "content": {
          "application/json": {
           "schema": {
            "$ref": "#/components/schemas/wge.pullrequests.v1.MergePullRequestRequest"
           }
          }
         }
        },
        "responses": {
         "200": {
          "description": "The pull request as it is now.",
          "content": {
           "application/json": {
            "schema": {
             "$ref": "#/components/schemas/wge.pullrequests.v1.MergePullRequestResponse"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Invalid"
         },
         "401": {
          "$ref": "#/components/responses/Unauthenticated"
         },
         "default": {
          "$ref": "#/components/responses/Failed"
         }
        }
       }
      },
      "/v1/stream": {
       "get": {
        "operationId": "Live_Stream",
        "tags": [
         "Live"
        ],
        "summary": "Streams news of changes as server-sent events",
        "description": "An event `changed` says that objects of a topic changed; read them again to see how. `reset` says that events may have been missed, `auth` that the caller is no longer signed in, `bye` that the server stops; both end the stream. A comment line arrives every 15 s.",
        "parameters": [
         {
          "name": "topics",
          "in": "query",
          "required": false,
          "description": "Topics with commas between them, such as `pipelines,clusters`; every topic when empty.",
          "schema": {
           "type": "string"
          }
         },
         {
          "name": "Last-Event-ID",
          "in": "header",
          "required": false,
          "description": "The last event seen; the stream goes on after it.",
          "schema": {
           "type": "string"
          }
         }
        ],
        "responses": {
         "200": {
          "description": "Events until either side stops.",
          "content": {
           "text/event-stream": {
            "schema": {
             "type": "string"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Invalid"
         },
         "401": {
          "$ref": "#/components/responses/Unauthenticated"
         },
         "default": {
          "$ref": "#/components/responses/Failed"
         }
        }
       }
      },
      "/v1/userinfo": {
       "get": {
        "operationId": "Session_CurrentUser",
        "tags": [
         "Session"
        ],
        "summary": "Says who the caller is",
        "description": "401 without credentials.",
        "responses": {
         "200": {
          "description": "The caller.",
          "content": {
           "application/json": {
            "schema": {
             "$ref": "#/components/schemas/UserInfo"
            }
           }
          }
         },
         "401": {
          "$ref": "#/components/responses/Unauthenticated"
         },
         "default": {
          "$ref": "#/components/responses/Failed"
         }
        }
       }
      },
      "/v1/version": {
       "get": {
        "operationId": "Core_GetVersion",
        "tags": [
         "Core"
        ],
        "summary": "Reads the server's version and that of the management cluster",
        "responses": {
         "200": {
          "description": "Versions.",
          "content": {
           "application/json": {
            "schema": {
             "$ref": "#/components/schemas/gitops_core.v1.GetVersionResponse"
            }
           }
          }
         },
         "400": {
          "$ref": "#/components/responses/Invalid"
         },
         "401": {
          "$ref": "#/components/responses/Unauthenticated"
         },
         "default": {
          "$ref": "#/components/responses/Failed"
         }
        }
       }
      }
     },
     "components": {
      "securitySchemes": {
       "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "wge_session",
        "description": "From `/oauth2/sign_in`. The name has the prefix `__Host-` where TLS is on. Calls that change something must come from the server's own origin, or carry the header `X-WGE-CSRF: 1`."
       },
       "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of the management cluster; it is passed on to Kubernetes."
       }
      },
      "responses": {
       "Invalid": {
        "description": "The request is not valid.",
        "content": {
         "application/json": {
          "schema": {
           "$ref": "#/components/schemas/Status"
          }
         }
        }
       },
       "Unauthenticated": {
        "description": "The caller has not signed in, or no longer is.",
        "content": {
         "application/json": {
          "schema": {
           "anyOf": [
            {
             "$ref": "#/components/schemas/SessionError"
            },
            {
             "$ref": "#/components/schemas/Status"
            }
           ]
          }
         }
        }
       },
       "Session": {
        "description": "Why not.",
        "content": {
         "application/json": {
          "schema": {
           "$ref": "#/components/schemas/SessionError"
          }
         }
        }
       },
       "Failed": {
        "description": "The call failed: 403 refused by Kubernetes, 404 not found, 409 conflict, 413 and 415 unsuitable body, 429 too many calls, 500 server error, 501 not served here, 503 and 504 a system behind the server cannot be reached.",
        "content": {
         "application/json": {
          "schema": {
           "anyOf": [
            {
             "$ref": "#/components/schemas/Status"
            },
            {
             "$ref": "#/components/schemas/SessionError"
            }
           ]
          }
         }
        }
       }
      },
      "schemas": {
       "SessionError": {
        "type": "object",
        "description": "An error of signing in.",
        "required": [
         "message",
         "code"
        ],
        "properties": {
         "message": {
          "type": "string",
          "description": "What went wrong, for people."
         },
         "code": {
          "type": "integer",
          "description": "The HTTP status code."
         }
        }
       },
       "SignIn": {
        "type": "object",
        "required": [
         "username",
         "password"
        ],
        "properties": {
         "username": {
          "type": "string"
         },
         "password": {
          "type": "string",
          "format": "password"
         }
        }
       },
       "Status": {
        "type": "object",
        "description": "An error of a call.",
        "required": [
         "code",
         "message",
         "details"
        ],
        "properties": {
         "code": {
          "type": "integer",
          "minimum": 1,
          "maximum": 16,
          "description": "The gRPC status code."
         },
         "message": {
          "type": "string",
          "description": "What went wrong, for people."
         },
         "details": {
          "type": "array",
          "items": {
           "type": "object"
          },
          "description": "Empty."
         }
        }
       },
       "UserInfo": {
        "type": "object",
        "required": [
         "email",
         "id",
         "groups"
        ],
        "properties": {
         "email": {
          "type": "string"
         },
         "id": {
          "type": "string"
         },
         "groups": {
          "oneOf": [
           {
            "type": "array",
            "items": {
             "type": "string"
            }
           },
           {
            "type": "null"
           }
          ]
         }
        }
       },
       "cluster_services.v1.CapiCluster": {
        "type": "object",
        "description": "A Cluster API cluster.",
        "properties": {
         "name": {
          "type": "string",
          "description": "Its name."
         },
         "namespace": {
          "type": "string",
          "description": "Its namespace."
         },
         "annotations": {
          "type": "object",
          "additionalProperties": {
           "type": "string"
          },
          "description": "Its annotations."
         },
         "labels": {
          "type": "object",
          "additionalProperties": {
           "type": "string"
          },
          "description": "Its labels."
         },
         "status": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/cluster_services.v1.CapiClusterStatus"
           },
           {
            "type": "null"
           }
          ],
          "description": "Its state."
         },
         "infrastructureRef": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/cluster_services.v1.CapiClusterInfrastructureRef"
           },
           {
            "type": "null"
           }
          ],
          "description": "The provider's object."
         }
        },
        "required": [
         "name",
         "namespace",
         "annotations",
         "labels",
         "status",
         "infrastructureRef"
        ]
       },
       "cluster_services.v1.CapiClusterInfrastructureRef": {
        "type": "object",
        "description": "The provider's object of a Cluster API cluster.",
        "properties": {
         "apiVersion": {
          "type": "string",
          "description": "Group and version."
         },
         "kind": {
          "type": "string",
          "description": "Its kind."
         },
         "name": {
          "type": "string",
          "description": "Its name."
         }
        },
        "required": [
         "apiVersion",
         "kind",
         "name"
        ]
       },
       "cluster_services.v1.CapiClusterStatus": {
        "type": "object",
        "description": "State of a Cluster API cluster.",
        "properties": {
         "phase": {
          "type": "string",
          "description": "Such as `Provisioned`."
         },
         "infrastructureReady": {
          "type": "boolean",
          "description": "Whether the infrastructure is there."
         },
         "controlPlaneInitialized": {
          "type": "boolean",
          "description": "Whether the control plane has been initialised."
         },
         "controlPlaneReady": {
          "type": "boolean",
          "description": "Whether the control plane is ready."
         },
         "conditions": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/cluster_services.v1.Condition"
          },
          "description": "Its conditions."
         },
         "observedGeneration": {
          "type": "string",
          "pattern": "^-?[0-9]+$",
          "description": "The generation that this state is about."
         }
        },
        "required": [
         "phase",
         "infrastructureReady",
         "controlPlaneInitialized",
         "controlPlaneReady",
         "conditions",
         "observedGeneration"
        ]
       },
       "cluster_services.v1.Condition": {
        "type": "object",
        "description": "A condition of a Kubernetes object.",
        "properties": {
         "type": {
          "type": "string",
          "description": "Such as `Ready`."
         },
         "status": {
          "type": "string",
          "description": "`True`, `False` or `Unknown`."
         },
         "reason": {
          "type": "string",
          "description": "One word."
         },
         "message": {
          "type": "string",
          "description": "For people."
         },
         "timestamp": {
          "type": "string",
          "description": "Last transition in the form `2024-03-05 10:11:12 +0000 UTC`; empty when not known."
         },
         "timestampRfc3339": {
          "type": "string",
          "description": "Last transition, RFC 3339; empty when not known."
         }
        },
        "required": [
         "type",
         "status",
         "reason",
         "message",
         "timestamp",
         "timestampRfc3339"
        ]
       },
       "cluster_services.v1.GitopsCluster": {
        "type": "object",
        "description": "A registered cluster, or the management cluster itself.",
        "properties": {
         "name": {
          "type": "string",
          "description": "Name of the GitopsCluster object, or of the management cluster."
         },
         "namespace": {
          "type": "string",
          "description": "Its namespace; empty for the management cluster."
         },
         "annotations": {
          "type": "object",
          "additionalProperties": {
           "type": "string"
          },
          "description": "Annotations of the object."
         },
         "labels": {
          "type": "object",
          "additionalProperties": {
           "type": "string"
          },
          "description": "Labels of the object."
         },
         "conditions": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/cluster_services.v1.Condition"
          },
          "description": "Its conditions."
         },
         "capiClusterRef": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/cluster_services.v1.GitopsClusterRef"
           },
           {
            "type": "null"
           }
          ],
          "description": "The Cluster API cluster it stands for; absent when it does not."
         },
         "secretRef": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/cluster_services.v1.GitopsClusterRef"
           },
           {
            "type": "null"
           }
          ],
          "description": "The Secret that holds its kubeconfig; absent when there is none."
         },
         "capiCluster": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/cluster_services.v1.CapiCluster"
           },
           {
            "type": "null"
           }
          ],
          "description": "The Cluster API cluster itself; absent unless the server joins them."
         },
         "controlPlane": {
          "type": "boolean",
          "description": "True for the management cluster alone."
         },
         "type": {
          "type": "string",
          "description": "Kind of the object."
         },
         "state": {
          "type": "string",
          "description": "`Ready`, `Not Ready`, `Unreachable`, `Unknown` or `Deleting`."
         },
         "message": {
          "type": "string",
          "description": "The sentence of the condition that decided `state`; may be empty."
         },
         "id": {
          "type": "string",
          "description": "How every other call names the cluster: `namespace/name`, or the management cluster's name."
         }
        },
        "required": [
         "name",
         "namespace",
         "annotations",
         "labels",
         "conditions",
         "capiClusterRef",
         "secretRef",
         "capiCluster",
         "controlPlane",
         "type",
         "state",
         "message",
         "id"
        ]
       },
       "cluster_services.v1.GitopsClusterRef": {
        "type": "object",
        "description": "An object of the same namespace.",
        "properties": {
         "name": {
          "type": "string",
          "description": "Its name."
         }
        },
        "required": [
         "name"
        ]
       },
       "cluster_services.v1.ListError": {
        "type": "object",
        "description": "A part of a list that could not be read.",
        "properties": {
         "clusterName": {
          "type": "string",
          "description": "The cluster."
         },
         "namespace": {
          "type": "string",
          "description": "The namespace; empty when the whole cluster failed."
         },
         "message": {
          "type": "string",
          "description": "What went wrong, for people."
         }
        },
        "required": [
         "clusterName",
         "namespace",
         "message"
        ]
       },
       "cluster_services.v1.ListGitopsClustersResponse": {
        "type": "object",
        "description": "The clusters, and what could not be read.",
        "properties": {
         "gitopsClusters": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/cluster_services.v1.GitopsCluster"
          },
          "description": "Sorted by name."
         },
         "total": {
          "type": "integer",
          "format": "int32",
          "minimum": -2147483648,
          "maximum": 2147483647,
          "description": "How many clusters match, on all pages."
         },
         "nextPageToken": {
          "type": "string",
          "description": "Pass it on to get the next page; empty on the last."
         },
         "errors": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/cluster_services.v1.ListError"
          },
          "description": "What could not be read."
         }
        },
        "required": [
         "gitopsClusters",
         "total",
         "nextPageToken",
         "errors"
        ]
       },
       "gitops_core.v1.GetFeatureFlagsResponse": {
        "type": "object",
        "description": "Feature flags.",
        "properties": {
         "flags": {
          "type": "object",
          "additionalProperties": {
           "type": "string"
          },
          "description": "Flag to value; `true` switches a flag on."
         }
        },
        "required": [
         "flags"
        ]
       },
       "gitops_core.v1.GetVersionResponse": {
        "type": "object",
        "description": "Versions.",
        "properties": {
         "semver": {
          "type": "string",
          "description": "The server's version, such as `v0.1.0`."
         },
         "commit": {
          "type": "string",
          "description": "The commit it was built from; empty when not known."
         },
         "branch": {
          "type": "string",
          "description": "The branch it was built from; empty when not known."
         },
         "buildTime": {
          "type": "string",
          "description": "When it was built; empty when not known."
         },
         "kubeVersion": {
          "type": "string",
          "description": "Version of the management cluster; empty when it could not be asked."
         }
        },
        "required": [
         "semver",
         "commit",
         "branch",
         "buildTime",
         "kubeVersion"
        ]
       },
       "pipelines.v1.AppRef": {
        "type": "object",
        "description": "The object that carries the application in each target.",
        "properties": {
         "apiVersion": {
          "type": "string",
          "description": "Group and version, such as `helm.toolkit.fluxcd.io/v2`."
         },
         "kind": {
          "type": "string",
          "description": "Such as `HelmRelease`."
         },
         "name": {
          "type": "string",
          "description": "The same in every target."
         }
        },
        "required": [
         "apiVersion",
         "kind",
         "name"
        ]
       },
       "pipelines.v1.Approval": {
        "type": "object",
        "description": "A person's answer about one revision.",
        "properties": {
         "revision": {
          "type": "string",
          "description": "The revision."
         },
         "approvedBy": {
          "type": "string",
          "description": "User name."
         },
         "approvedAt": {
          "type": "string",
          "description": "RFC 3339."
         },
         "comment": {
          "type": "string",
          "description": "What they had to say."
         },
         "decision": {
          "type": "string",
          "description": "`approved` or `rejected`."
         }
        },
        "required": [
         "revision",
         "approvedBy",
         "approvedAt",
         "comment",
         "decision"
        ]
       },
       "pipelines.v1.ApprovePromotionRequest": {
        "type": "object",
        "description": "Which promotion to approve.",
        "properties": {
         "namespace": {
          "type": "string",
          "minLength": 1,
          "description": "Namespace of the Pipeline object."
         },
         "env": {
          "type": "string",
          "minLength": 1,
          "description": "The environment to promote into."
         },
         "revision": {
          "type": "string",
          "minLength": 1,
          "description": "The revision that waits for approval."
         },
         "comment": {
          "type": "string",
          "description": "Why, kept with the approval."
         }
        },
        "required": [
         "namespace",
         "env",
         "revision"
        ]
       },
       "pipelines.v1.ApprovePromotionResponse": {
        "type": "object",
        "description": "What the approval started.",
        "properties": {
         "pullRequestUrl": {
          "type": "string",
          "description": "The pull request that was opened; empty when there is none yet."
         },
         "environment": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.EnvironmentStatus"
           },
           {
            "type": "null"
           }
          ],
          "description": "The environment after the approval."
         }
        },
        "required": [
         "pullRequestUrl",
         "environment"
        ]
       },
       "pipelines.v1.ClusterRef": {
        "type": "object",
        "description": "A reference to a GitopsCluster.",
        "properties": {
         "kind": {
          "type": "string",
          "description": "`GitopsCluster`, or empty for the management cluster."
         },
         "name": {
          "type": "string",
          "description": "Name of the GitopsCluster."
         },
         "namespace": {
          "type": "string",
          "description": "Its namespace; the pipeline's when the pipeline names none."
         }
        },
        "required": [
         "kind",
         "name",
         "namespace"
        ]
       },
       "pipelines.v1.Condition": {
        "type": "object",
        "description": "A condition of a Kubernetes object.",
        "properties": {
         "type": {
          "type": "string",
          "description": "Such as `Ready`."
         },
         "status": {
          "type": "string",
          "description": "`True`, `False` or `Unknown`."
         },
         "reason": {
          "type": "string",
          "description": "One word."
         },
         "message": {
          "type": "string",
          "description": "For people."
         },
         "timestamp": {
          "type": "string",
          "description": "Last transition, RFC 3339; empty when not known."
         }
        },
        "required": [
         "type",
         "status",
         "reason",
         "message",
         "timestamp"
        ]
       },
       "pipelines.v1.Environment": {
        "type": "object",
        "description": "One stage of a pipeline.",
        "properties": {
         "name": {
          "type": "string",
          "description": "Unique in its pipeline."
         },
         "targets": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/pipelines.v1.Target"
          },
          "description": "Where the application lives in this environment."
         },
         "promotion": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.Promotion"
           },
           {
            "type": "null"
           }
          ],
          "description": "The rule in force for promotions into this environment."
         }
        },
        "required": [
         "name",
         "targets",
         "promotion"
        ]
       },
       "pipelines.v1.EnvironmentStatus": {
        "type": "object",
        "description": "State of one environment.",
        "properties": {
         "waitingStatus": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.WaitingStatus"
           },
           {
            "type": "null"
           }
          ],
          "description": "The revision that waits for approval into this environment; absent when none does."
         },
         "targetsStatuses": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/pipelines.v1.PipelineTargetStatus"
          },
          "description": "One entry per target, in the pipeline's order."
         },
         "state": {
          "type": "string",
          "description": "`UpToDate`, `WaitingSource`, `Gated`, `Promoting`, `PullRequestOpen`, `Applying`, `Stalled`,\n`Abandoned`, `Failed` or `Superseded`; more may come. Empty when not known yet."
         },
         "message": {
          "type": "string",
          "description": "Why the environment is in that state, for people."
         },
         "revision": {
          "type": "string",
          "description": "The revision that all targets have; empty when they differ."
         },
         "promotion": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.PromotionRecord"
           },
           {
            "type": "null"
           }
          ],
          "description": "The promotion under way or the last one; absent before the first."
         },
         "history": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/pipelines.v1.PromotionRecord"
          },
          "description": "Earlier promotions, newest first."
         },
         "approvals": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/pipelines.v1.Approval"
          },
          "description": "Answers about the revision under way."
         }
        },
        "required": [
         "waitingStatus",
         "targetsStatuses",
         "state",
         "message",
         "revision",
         "promotion",
         "history",
         "approvals"
        ]
       },
       "pipelines.v1.EnvironmentSummary": {
        "type": "object",
        "description": "The state of one environment in short.",
        "properties": {
         "name": {
          "type": "string",
          "description": "The environment."
         },
         "state": {
          "type": "string",
          "description": "As in EnvironmentStatus."
         },
         "revision": {
          "type": "string",
          "description": "The revision that all targets have; empty when they differ."
         },
         "waitingRevision": {
          "type": "string",
          "description": "The revision that waits for approval; empty when none does."
         },
         "readyTargets": {
          "type": "integer",
          "format": "int32",
          "minimum": -2147483648,
          "maximum": 2147483647,
          "description": "How many targets are ready."
         },
         "totalTargets": {
          "type": "integer",
          "format": "int32",
          "minimum": -2147483648,
          "maximum": 2147483647,
          "description": "How many targets there are."
         },
         "pullRequestUrl": {
          "type": "string",
          "description": "The open pull request; empty when there is none."
         },
         "message": {
          "type": "string",
          "description": "Why the environment is in that state, for people."
         },
         "promotionRevision": {
          "type": "string",
          "description": "The revision that `state` speaks of; empty when there is none."
         }
        },
        "required": [
         "name",
         "state",
         "revision",
         "waitingRevision",
         "readyTargets",
         "totalTargets",
         "pullRequestUrl",
         "message",
         "promotionRevision"
        ]
       },
       "pipelines.v1.GetPipelineResponse": {
        "type": "object",
        "description": "One pipeline, and the targets that could not be read.",
        "properties": {
         "pipeline": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.Pipeline"
           },
           {
            "type": "null"
           }
          ],
          "description": "The pipeline."
         },
         "errors": {
          "type": "array",
          "items": {
           "type": "string"
          },
          "description": "One sentence for each target that could not be read."
         }
        },
        "required": [
         "pipeline",
         "errors"
        ]
       },
       "pipelines.v1.ListError": {
        "type": "object",
        "description": "A part of a list that could not be read.",
        "properties": {
         "namespace": {
          "type": "string",
          "description": "The namespace; empty when the whole cluster failed."
         },
         "message": {
          "type": "string",
          "description": "What went wrong, for people."
         },
         "clusterName": {
          "type": "string",
          "description": "The cluster; empty for the management cluster."
         }
        },
        "required": [
         "namespace",
         "message",
         "clusterName"
        ]
       },
       "pipelines.v1.ListPipelinesResponse": {
        "type": "object",
        "description": "The pipelines, and what could not be read.",
        "properties": {
         "pipelines": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/pipelines.v1.Pipeline"
          },
          "description": "Sorted by namespace and name. `status` and `yaml` are not filled in lists."
         },
         "errors": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/pipelines.v1.ListError"
          },
          "description": "Namespaces or clusters that could not be read."
         }
        },
        "required": [
         "pipelines",
         "errors"
        ]
       },
       "pipelines.v1.ListPullRequestsRequest": {
        "type": "object",
        "description": "Whose pull requests to list.",
        "properties": {
         "namespace": {
          "type": "string",
          "minLength": 1,
          "description": "Namespace of the Pipeline object."
         }
        },
        "required": [
         "namespace"
        ]
       },
       "pipelines.v1.ListPullRequestsResponse": {
        "type": "object",
        "description": "Open promotion pull requests.",
        "properties": {
         "pullRequests": {
          "type": "object",
          "additionalProperties": {
           "type": "string"
          },
          "description": "Environment name to pull request URL; environments without an open pull request are absent."
         },
         "errors": {
          "type": "array",
          "items": {
           "type": "string"
          },
          "description": "One sentence for each environment whose repository could not be asked."
         }
        },
        "required": [
         "pullRequests",
         "errors"
        ]
       },
       "pipelines.v1.LocalObjectReference": {
        "type": "object",
        "description": "An object of the same namespace.",
        "properties": {
         "name": {
          "type": "string",
          "description": "Its name."
         }
        },
        "required": [
         "name"
        ]
       },
       "pipelines.v1.Notification": {
        "type": "object",
        "description": "Promotion by event.",
        "properties": {}
       },
       "pipelines.v1.Pipeline": {
        "type": "object",
        "description": "An application's ordered environments, and how it moves between them.",
        "properties": {
         "name": {
          "type": "string",
          "description": "Name of the Pipeline object."
         },
         "namespace": {
          "type": "string",
          "description": "Namespace of the Pipeline object."
         },
         "appRef": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.AppRef"
           },
           {
            "type": "null"
           }
          ],
          "description": "The application that every target holds."
         },
         "environments": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/pipelines.v1.Environment"
          },
          "description": "In promotion order."
         },
         "targets": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/pipelines.v1.Target"
          },
          "description": "Never filled; kept for older clients."
         },
         "status": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.PipelineStatus"
           },
           {
            "type": "null"
           }
          ],
          "description": "State of every environment; absent in lists."
         },
         "yaml": {
          "type": "string",
          "description": "The Pipeline object as YAML; empty in lists."
         },
         "type": {
          "type": "string",
          "description": "The object's kind."
         },
         "promotion": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.Promotion"
           },
           {
            "type": "null"
           }
          ],
          "description": "How environments without a rule of their own are promoted into."
         },
         "environmentSummaries": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/pipelines.v1.EnvironmentSummary"
          },
          "description": "The state of each environment in short, in promotion order; filled in lists too."
         },
         "conditions": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/pipelines.v1.Condition"
          },
          "description": "Conditions of the Pipeline object."
         },
         "latestRevision": {
          "type": "string",
          "description": "The newest revision of the first environment; empty when not known."
         },
         "createdAt": {
          "type": "string",
          "description": "RFC 3339; empty when not known."
         }
        },
        "required": [
         "name",
         "namespace",
         "appRef",
         "environments",
         "targets",
         "status",
         "yaml",
         "type",
         "promotion",
         "environmentSummaries",
         "conditions",
         "latestRevision",
         "createdAt"
        ]
       },
       "pipelines.v1.PipelineStatus": {
        "type": "object",
        "description": "State of every environment.",
        "properties": {
         "environments": {
          "type": "object",
          "additionalProperties": {
           "$ref": "#/components/schemas/pipelines.v1.EnvironmentStatus"
          },
          "description": "Environment name to state. Every environment of the pipeline has an entry."
         }
        },
        "required": [
         "environments"
        ]
       },
       "pipelines.v1.PipelineTargetStatus": {
        "type": "object",
        "description": "State of the application in one target.",
        "properties": {
         "clusterRef": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.ClusterRef"
           },
           {
            "type": "null"
           }
          ],
          "description": "The cluster; all fields empty for the management cluster."
         },
         "namespace": {
          "type": "string",
          "description": "Namespace of the application object."
         },
         "workloads": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/pipelines.v1.WorkloadStatus"
          },
          "description": "The application object; empty when it could not be read or is of an unknown kind."
         },
         "ready": {
          "type": "boolean",
          "description": "Whether the application object is ready at its revision."
         },
         "revision": {
          "type": "string",
          "description": "The revision applied; empty when not known."
         },
         "error": {
          "type": "string",
          "description": "Why the target could not be read; empty otherwise."
         },
         "clusterName": {
          "type": "string",
          "description": "The cluster's name; the management cluster has one too."
         }
        },
        "required": [
         "clusterRef",
         "namespace",
         "workloads",
         "ready",
         "revision",
         "error",
         "clusterName"
        ]
       },
       "pipelines.v1.Promotion": {
        "type": "object",
        "description": "How a revision gets into an environment.",
        "properties": {
         "manual": {
          "type": "boolean",
          "description": "Whether a person has to approve each revision."
         },
         "strategy": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.Strategy"
           },
           {
            "type": "null"
           }
          ],
          "description": "What carries the change."
         }
        },
        "required": [
         "manual",
         "strategy"
        ]
       },
       "pipelines.v1.PromotionRecord": {
        "type": "object",
        "description": "One promotion into one environment.",
        "properties": {
         "revision": {
          "type": "string",
          "description": "The revision promoted."
         },
         "state": {
          "type": "string",
          "description": "Its state, as in EnvironmentStatus."
         },
         "message": {
          "type": "string",
          "description": "For people."
         },
         "startedAt": {
          "type": "string",
          "description": "RFC 3339; empty when not known."
         },
         "finishedAt": {
          "type": "string",
          "description": "RFC 3339; empty while under way."
         },
         "pullRequestUrl": {
          "type": "string",
          "description": "The pull request; empty when there is none."
         },
         "pullRequestState": {
          "type": "string",
          "description": "`open`, `mergeable`, `merged` or `abandoned`; empty when there is none."
         },
         "actor": {
          "type": "string",
          "description": "Who set it off, such as a user name."
         },
         "attempt": {
          "type": "integer",
          "format": "int32",
          "minimum": -2147483648,
          "maximum": 2147483647,
          "description": "Counts from 1 for each revision; 0 in the history."
         },
         "approvals": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/pipelines.v1.Approval"
          },
          "description": "Who approved this promotion, or turned it down."
         },
         "reason": {
          "type": "string",
          "description": "Why it is in its state, as one word; empty when there is nothing to say."
         },
         "nextAttemptAt": {
          "type": "string",
          "description": "When a failed attempt is repeated, RFC 3339; empty when it is not."
         }
        },
        "required": [
         "revision",
         "state",
         "message",
         "startedAt",
         "finishedAt",
         "pullRequestUrl",
         "pullRequestState",
         "actor",
         "attempt",
         "approvals",
         "reason",
         "nextAttemptAt"
        ]
       },
       "pipelines.v1.PullRequest": {
        "type": "object",
        "description": "Promotion by pull request. The Git credentials are deliberately not shown.",
        "properties": {
         "type": {
          "type": "string",
          "description": "Kind of Git host: `github`, `gitlab`, `bitbucket-server`, `azure-devops`, `local`."
         },
         "url": {
          "type": "string",
          "description": "Clone URL of the repository."
         },
         "branch": {
          "type": "string",
          "description": "Branch that pull requests are opened against."
         }
        },
        "required": [
         "type",
         "url",
         "branch"
        ]
       },
       "pipelines.v1.RejectPromotionRequest": {
        "type": "object",
        "description": "Which promotion to turn down.",
        "properties": {
         "namespace": {
          "type": "string",
          "minLength": 1,
          "description": "Namespace of the Pipeline object."
         },
         "env": {
          "type": "string",
          "minLength": 1,
          "description": "The environment that the revision would be promoted into."
         },
         "revision": {
          "type": "string",
          "minLength": 1,
          "description": "The revision that waits for approval."
         },
         "comment": {
          "type": "string",
          "description": "Why, kept in the history."
         }
        },
        "required": [
         "namespace",
         "env",
         "revision"
        ]
       },
       "pipelines.v1.RejectPromotionResponse": {
        "type": "object",
        "description": "The environment after the answer.",
        "properties": {
         "environment": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.EnvironmentStatus"
           },
           {
            "type": "null"
           }
          ],
          "description": "Its state."
         }
        },
        "required": [
         "environment"
        ]
       },
       "pipelines.v1.RetryPromotionRequest": {
        "type": "object",
        "description": "Which promotion to try again.",
        "properties": {
         "namespace": {
          "type": "string",
          "minLength": 1,
          "description": "Namespace of the Pipeline object."
         },
         "env": {
          "type": "string",
          "minLength": 1,
          "description": "The environment to promote into."
         }
        },
        "required": [
         "namespace",
         "env"
        ]
       },
       "pipelines.v1.RetryPromotionResponse": {
        "type": "object",
        "description": "The environment after the call.",
        "properties": {
         "environment": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.EnvironmentStatus"
           },
           {
            "type": "null"
           }
          ],
          "description": "Its state."
         }
        },
        "required": [
         "environment"
        ]
       },
       "pipelines.v1.Strategy": {
        "type": "object",
        "description": "What carries the change.",
        "properties": {
         "pullRequest": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.PullRequest"
           },
           {
            "type": "null"
           }
          ],
          "description": "By a pull request."
         },
         "notification": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.Notification"
           },
           {
            "type": "null"
           }
          ],
          "description": "By an event that another system acts on."
         },
         "secretRef": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.LocalObjectReference"
           },
           {
            "type": "null"
           }
          ],
          "description": "The Secret that signs promotion webhooks."
         }
        },
        "required": [
         "pullRequest",
         "notification",
         "secretRef"
        ]
       },
       "pipelines.v1.Target": {
        "type": "object",
        "description": "A namespace of a cluster.",
        "properties": {
         "namespace": {
          "type": "string",
          "description": "Namespace of the application object."
         },
         "clusterRef": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/pipelines.v1.ClusterRef"
           },
           {
            "type": "null"
           }
          ],
          "description": "The cluster; absent for the management cluster."
         }
        },
        "required": [
         "namespace",
         "clusterRef"
        ]
       },
       "pipelines.v1.WaitingStatus": {
        "type": "object",
        "description": "A revision that waits for approval.",
        "properties": {
         "revision": {
          "type": "string",
          "description": "The revision."
         }
        },
        "required": [
         "revision"
        ]
       },
       "pipelines.v1.WorkloadStatus": {
        "type": "object",
        "description": "State of one application object.",
        "properties": {
         "kind": {
          "type": "string",
          "description": "Its kind."
         },
         "name": {
          "type": "string",
          "description": "Its name."
         },
         "version": {
          "type": "string",
          "description": "The version asked for."
         },
         "lastAppliedRevision": {
          "type": "string",
          "description": "The revision last applied."
         },
         "conditions": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/pipelines.v1.Condition"
          },
          "description": "Its conditions."
         },
         "suspended": {
          "type": "boolean",
          "description": "Whether reconciliation is suspended."
         },
         "ready": {
          "type": "boolean",
          "description": "Whether it is ready with its present specification."
         }
        },
        "required": [
         "kind",
         "name",
         "version",
         "lastAppliedRevision",
         "conditions",
         "suspended",
         "ready"
        ]
       },
       "wge.pullrequests.v1.ListPullRequestsResponse": {
        "type": "object",
        "description": "The pull requests.",
        "properties": {
         "pullRequests": {
          "type": "array",
          "items": {
           "$ref": "#/components/schemas/wge.pullrequests.v1.PullRequest"
          },
          "description": "Newest first."
         }
        },
        "required": [
         "pullRequests"
        ]
       },
       "wge.pullrequests.v1.MergePullRequestRequest": {
        "type": "object",
        "description": "Which pull request to merge.",
        "properties": {
         "repository": {
          "type": "string",
          "minLength": 1,
          "description": "Repository as the Git host names it."
         },
         "number": {
          "type": "integer",
          "format": "int32",
          "minimum": -2147483648,
          "maximum": 2147483647,
          "not": {
           "const": 0
          },
          "description": "Its number in that repository."
         },
         "deleteBranch": {
          "type": "boolean",
          "description": "Whether to delete its branch afterwards."
         }
        },
        "required": [
         "repository",
         "number"
        ]
       },
       "wge.pullrequests.v1.MergePullRequestResponse": {
        "type": "object",
        "description": "The pull request as it is now.",
        "properties": {
         "pullRequest": {
          "oneOf": [
           {
            "$ref": "#/components/schemas/wge.pullrequests.v1.PullRequest"
           },
           {
            "type": "null"
           }
          ],
          "description": "Its state is `merged`."
         }
        },
        "required": [
         "pullRequest"
        ]
       },
       "wge.pullrequests.v1.PullRequest": {
        "type": "object",
        "description": "A pull request.",
        "properties": {
         "repository": {
          "type": "string",
          "description": "Repository as the Git host names it."
         },
         "number": {
          "type": "integer",
          "format": "int32",
          "minimum": -2147483648,
          "maximum": 2147483647,
          "description": "Its number in that repository."
         },
         "title": {
          "type": "string",
          "description": "Its title."
         },
         "description": {
          "type": "string",
          "description": "Its description."
         },
         "state": {
          "type": "string",
          "description": "`open`, `merged` or `closed`."
         },
         "sourceBranch": {
          "type": "string",
          "description": "The branch it would merge."
         },
         "targetBranch": {
          "type": "string",
          "description": "The branch it would merge into."
         },
         "url": {
          "type": "string",
          "description": "Where people see it."
         },
         "author": {
          "type": "string",
          "description": "Who opened it; empty when not known."
         },
         "createdAt": {
          "type": "string",
          "description": "RFC 3339; empty when not known."
         },
         "mergeCommit": {
          "type": "string",
          "description": "The commit that merged it; empty when it is not merged."
         },
         "mergedBy": {
          "type": "string",
          "description": "Who merged it; empty when not known or not merged."
         },
         "mergedAt": {
          "type": "string",
          "description": "RFC 3339; empty when it is not merged."
         },
         "mergeability": {
          "type": "string",
          "description": "`unknown`, `mergeable`, `conflicting` or `blocked`."
         },
         "obstacles": {
          "type": "array",
          "items": {
           "type": "string"
          },
          "description": "What stands in the way of a merge: the paths that conflict, or the host's reason."
         }
        },
        "required": [
         "repository",
         "number",
         "title",
         "description",
         "state",
         "sourceBranch",
         "targetBranch",
         "url",
         "author",
         "createdAt",
         "mergeCommit",
         "mergedBy",
         "mergedAt",
         "mergeability",
         "obstacles"
        ]
       }
      }
     }
    }
    """#
}
