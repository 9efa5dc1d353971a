/** Go modules of this folder. Programs in the same module share the versions of their dependencies. */
export type Group = 'etcd' | 'k8s' | 'kwok' | 'coredns' | 'dnsproxy' | 'routedns' | 'helm' | 'nats'

/** The file name of a program, and its Go package. */
export type Source<Name extends string = string> = {
  readonly name: Name
  readonly group: Group
  readonly package: string
}

/**
 * The programs of the control plane, in the order of building. The programs of one group follow each other, since they
 * share most of the compiled packages.
 */
export const sources = [
  { name: 'etcd', group: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  { name: 'kube-apiserver', group: 'k8s', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  { name: 'kube-controller-manager', group: 'k8s', package: 'k8s.io/kubernetes/cmd/kube-controller-manager' },
  { name: 'kubectl', group: 'k8s', package: 'k8s.io/kubernetes/cmd/kubectl' },
  { name: 'kube-scheduler', group: 'k8s', package: 'k8s.io/kubernetes/cmd/kube-scheduler' },
  { name: 'kwok', group: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok' },
  { name: 'coredns', group: 'coredns', package: 'github.com/coredns/coredns' },
] as const satisfies readonly Source[]

/** AdGuard's dnsproxy, a DoH client for laptops. Not part of the control plane, but built in the same way. */
export const dnsproxySource = {
  name: 'dnsproxy',
  group: 'dnsproxy',
  package: 'github.com/AdguardTeam/dnsproxy',
} as const satisfies Source

/** routedns, a DoH client that selects the server by name. Not part of the control plane either. */
export const routednsSource = {
  name: 'routedns',
  group: 'routedns',
  package: 'github.com/folbricht/routedns/cmd/routedns',
} as const satisfies Source

/** Helm, which renders and installs the chart of deploy/chart. */
export const helmSource = {
  name: 'helm',
  group: 'helm',
  package: 'helm.sh/helm/v4/cmd/helm',
} as const satisfies Source

/** nats-server, which keeps what several edges share. */
export const natsSource = {
  name: 'nats-server',
  group: 'nats',
  package: 'github.com/nats-io/nats-server/v2',
} as const satisfies Source

export type ProgramName = (typeof sources)[number]['name']

/** The absolute path of each built program. */
export type Programs = Readonly<Record<ProgramName, string>>
