/* Values for every mode of the chart; some with all switches that the mode has. */

const edgeConfig = {
  clusters: [{ id: 'prod', keys: ['L8hDnPMvWh3dpeX_rTbmZeXgXAAGtKwpqzC6SOYmNmo'], zones: ['cluster.local'] }],
}

const everything = {
  metrics: {
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true },
    dashboard: { enabled: true },
  },
  networkPolicy: {
    enabled: true,
    ingressFrom: [{ ipBlock: { cidr: '10.0.0.0/8' } }],
    metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
  },
  extraEnv: [{ name: 'NO_PROXY', value: '10.0.0.0/8' }],
  extraVolumes: [{ name: 'extra', emptyDir: {} }],
  extraVolumeMounts: [{ name: 'extra', mountPath: '/extra' }],
  podLabels: { team: 'network' },
  podAnnotations: { 'example.com/note': 'text' },
  commonLabels: { owner: 'platform' },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'dedicated', operator: 'Exists' }],
  priorityClassName: 'system-cluster-critical',
  imagePullSecrets: [{ name: 'registry' }],
}

const policy = 'version: 1\nanonymous: {namespaces: [default]}\n'

/** Values by title. */
export const modes: Readonly<Record<string, object>> = {
  'resolver: the defaults': {},
  'resolver: TLS, a load balancer, everything': {
    ...everything,
    mode: 'resolver',
    replicaCount: 3,
    tls: { secretName: 'kubedoh-tls' },
    dns: { cookieSecret: 'kubedoh-cookie' },
    dot: { host: 'dns.example.com' },
    doh: { url: 'https://dns.example.com/dns-query' },
    zones: ['prod.k8s.example.com', 'svc'],
    reverse: ['10.96.0.0/16'],
    upstream: { urls: ['https://192.0.2.1/dns-query'], forward: true },
    service: { type: 'LoadBalancer', annotations: { 'example.com/lb': 'internal' } },
    extraArgs: ['--ttl=30'],
  },
  'resolver: a policy, verified pods, events': { access: { policy }, pods: 'verified', events: true },
  'resolver: Roles in single namespaces': {
    namespaces: ['default', 'kube-system'],
    namespaced: true,
    access: { policySecret: 'kubedoh-policy' },
  },
  'agent: two replicas with a Lease': {
    ...everything,
    mode: 'agent',
    cluster: { id: 'prod' },
    agent: {
      edgeUrl: 'https://edge.example.com',
      moreEdgeUrls: ['https://edge-2.example.com'],
      key: { secretName: 'kubedoh-agent-key' },
      ca: { configMap: 'kubedoh-edge-ca' },
    },
    access: { policyConfigMap: 'kubedoh-policy' },
  },
  'edge: TLS and plain DNS': {
    ...everything,
    mode: 'edge',
    edge: { config: edgeConfig, workers: 2 },
    tls: { secretName: 'kubedoh-tls' },
    dns: { enabled: true, cookieSecret: 'kubedoh-cookie' },
  },
  'edge: behind a proxy, with a claim that exists': {
    mode: 'edge',
    edge: { existingConfigMap: 'kubedoh-edge', persistence: { existingClaim: 'kubedoh-data' } },
    tls: { plain: true },
    serviceAccount: { create: false },
  },
  'edge: without a volume': {
    mode: 'edge',
    edge: { config: edgeConfig, persistence: { enabled: false } },
    tls: { plain: true },
    rbac: { create: false },
  },
}
