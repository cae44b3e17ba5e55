extension BuiltInTypes {
  // The group autoscaling in both versions, policy and scheduling.

  static let autoscaling = """
    @io.k8s.api.autoscaling.v2
    HorizontalPodAutoscaler apiVersion:string kind:string metadata:ObjectMeta!#1
     spec:HorizontalPodAutoscalerSpec!#2 status:HorizontalPodAutoscalerStatus!#3
    HorizontalPodAutoscalerSpec scaleTargetRef:CrossVersionObjectReference!#1 minReplicas:int32?#2
     maxReplicas:int32!#3 metrics:[MetricSpec]#4 behavior:HorizontalPodAutoscalerBehavior#5
    CrossVersionObjectReference kind:string!#1 name:string!#2 apiVersion:string#3
    MetricSpec type:string!#1 object:ObjectMetricSource#2 pods:PodsMetricSource#3
     resource:ResourceMetricSource#4 containerResource:ContainerResourceMetricSource#7
     external:ExternalMetricSource#5
    HorizontalPodAutoscalerBehavior scaleUp:HPAScalingRules#1 scaleDown:HPAScalingRules#2
    HPAScalingRules stabilizationWindowSeconds:int32?#3 selectPolicy:string?#1 policies:[HPAScalingPolicy]#2
     tolerance:quantity?#4
    HPAScalingPolicy type:string!#1 value:int32!#2 periodSeconds:int32!#3
    ObjectMetricSource describedObject:CrossVersionObjectReference!#1 target:MetricTarget!#2
     metric:MetricIdentifier!#3
    PodsMetricSource metric:MetricIdentifier!#1 target:MetricTarget!#2
    ResourceMetricSource name:string!#1 target:MetricTarget!#2
    ContainerResourceMetricSource name:string!#1 target:MetricTarget!#2 container:string!#3
    ExternalMetricSource metric:MetricIdentifier!#1 target:MetricTarget!#2
    MetricIdentifier name:string!#1 selector:LabelSelector#2
    MetricTarget type:string!#1 value:quantity?#2 averageValue:quantity?#3 averageUtilization:int32?#4
    HorizontalPodAutoscalerStatus observedGeneration:int64?#1 lastScaleTime:time?#2 currentReplicas:int32#3
     desiredReplicas:int32!#4 currentMetrics:[MetricStatus]!#5
     conditions:[HorizontalPodAutoscalerCondition]@type#6
    HorizontalPodAutoscalerCondition type:string!#1 status:string!#2 lastTransitionTime:time!#3 reason:string#4
     message:string#5
    MetricStatus type:string!#1 object:ObjectMetricStatus#2 pods:PodsMetricStatus#3
     resource:ResourceMetricStatus#4 containerResource:ContainerResourceMetricStatus#7
     external:ExternalMetricStatus#5
    ObjectMetricStatus metric:MetricIdentifier!#1 current:MetricValueStatus!#2
     describedObject:CrossVersionObjectReference!#3
    PodsMetricStatus metric:MetricIdentifier!#1 current:MetricValueStatus!#2
    ResourceMetricStatus name:string!#1 current:MetricValueStatus!#2
    ContainerResourceMetricStatus name:string!#1 current:MetricValueStatus!#2 container:string!#3
    ExternalMetricStatus metric:MetricIdentifier!#1 current:MetricValueStatus!#2
    MetricValueStatus value:quantity?#1 averageValue:quantity?#2 averageUtilization:int32?#3
    """

  static let autoscalingV1 = """
    @io.k8s.api.autoscaling.v1
    autoscalingv1.CrossVersionObjectReference~ kind:string!#1 name:string!#2 apiVersion:string#3
    autoscalingv1.HorizontalPodAutoscalerSpec scaleTargetRef:autoscalingv1.CrossVersionObjectReference!#1
     minReplicas:int32?#2 maxReplicas:int32!#3 targetCPUUtilizationPercentage:int32?#4
    autoscalingv1.HorizontalPodAutoscalerStatus observedGeneration:int64?#1 lastScaleTime:time?#2
     currentReplicas:int32!#3 desiredReplicas:int32!#4 currentCPUUtilizationPercentage:int32?#5
    autoscalingv1.HorizontalPodAutoscaler apiVersion:string kind:string metadata:ObjectMeta!#1
     spec:autoscalingv1.HorizontalPodAutoscalerSpec!#2 status:autoscalingv1.HorizontalPodAutoscalerStatus!#3
    Scale apiVersion:string kind:string metadata:ObjectMeta!#1 spec:ScaleSpec!#2 status:ScaleStatus!#3
    ScaleSpec replicas:int32#1
    ScaleStatus replicas:int32!#1 selector:string#2
    autoscalingv1.MetricSpec type:string!#1 object:autoscalingv1.ObjectMetricSource#2
     pods:autoscalingv1.PodsMetricSource#3 resource:autoscalingv1.ResourceMetricSource#4
     containerResource:autoscalingv1.ContainerResourceMetricSource#7
     external:autoscalingv1.ExternalMetricSource#5
    autoscalingv1.ObjectMetricSource target:autoscalingv1.CrossVersionObjectReference!#1 metricName:string!#2
     targetValue:quantity!#3 selector:LabelSelector#4 averageValue:quantity?#5
    autoscalingv1.PodsMetricSource metricName:string!#1 targetAverageValue:quantity!#2 selector:LabelSelector#3
    autoscalingv1.ResourceMetricSource name:string!#1 targetAverageUtilization:int32?#2
     targetAverageValue:quantity?#3
    autoscalingv1.ContainerResourceMetricSource name:string!#1 targetAverageUtilization:int32?#2
     targetAverageValue:quantity?#3 container:string!#5
    autoscalingv1.ExternalMetricSource metricName:string!#1 metricSelector:LabelSelector#2
     targetValue:quantity?#3 targetAverageValue:quantity?#4
    autoscalingv1.MetricStatus type:string!#1 object:autoscalingv1.ObjectMetricStatus#2
     pods:autoscalingv1.PodsMetricStatus#3 resource:autoscalingv1.ResourceMetricStatus#4
     containerResource:autoscalingv1.ContainerResourceMetricStatus#7
     external:autoscalingv1.ExternalMetricStatus#5
    autoscalingv1.HorizontalPodAutoscalerCondition type:string!#1 status:string!#2 lastTransitionTime:time!#3
     reason:string#4 message:string#5
    autoscalingv1.ObjectMetricStatus target:autoscalingv1.CrossVersionObjectReference!#1 metricName:string!#2
     currentValue:quantity!#3 selector:LabelSelector#4 averageValue:quantity?#5
    autoscalingv1.PodsMetricStatus metricName:string!#1 currentAverageValue:quantity!#2 selector:LabelSelector#3
    autoscalingv1.ResourceMetricStatus name:string!#1 currentAverageUtilization:int32?#2
     currentAverageValue:quantity!#3
    autoscalingv1.ContainerResourceMetricStatus name:string!#1 currentAverageUtilization:int32?#2
     currentAverageValue:quantity!#3 container:string!#4
    autoscalingv1.ExternalMetricStatus metricName:string!#1 metricSelector:LabelSelector#2
     currentValue:quantity!#3 currentAverageValue:quantity?#4
    """

  static let policy = """
    @io.k8s.api.policy.v1
    PodDisruptionBudgetSpec minAvailable:intstr?#1 selector:LabelSelector^#2 maxUnavailable:intstr?#3
     unhealthyPodEvictionPolicy:string?#4
    PodDisruptionBudgetStatus observedGeneration:int64#1 disruptedPods:{time}#2 disruptionsAllowed:int32!#3
     currentHealthy:int32!#4 desiredHealthy:int32!#5 expectedPods:int32!#6 conditions:[Condition]@type#7
    PodDisruptionBudget apiVersion:string kind:string metadata:ObjectMeta!#1 spec:PodDisruptionBudgetSpec!#2
     status:PodDisruptionBudgetStatus!#3
    Eviction apiVersion:string kind:string metadata:ObjectMeta!#1 deleteOptions:DeleteOptions#2
    """

  static let scheduling = """
    @io.k8s.api.scheduling.v1
    PriorityClass apiVersion:string kind:string metadata:ObjectMeta!#1 value:int32!#2 globalDefault:bool#3
     description:string#4 preemptionPolicy:string?#5
    """
}
