/** Go modules of this folder, one for programs that can share the versions of their dependencies. */
export type Group = 'etcd' | 'k8s' | 'kwok' | 'coredns' | 'dnsproxy' | 'routedns'

/** A program's file name, and the package that it is built from. */
export type Source<Name extends string = string> = {
  readonly name: Name
  readonly group: Group
  readonly package: string
}

/**
 * Every program of the plane and the package it is built from. The order is the order of building:
 * the programs of one group stand together, as most of what they need is compiled once for all of them.
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

// DoH stubs as laptops run them: they are not part of the control plane, but built in the same way.

/** By AdGuard. */
export const dnsproxySource = {
  name: 'dnsproxy',
  group: 'dnsproxy',
  package: 'github.com/AdguardTeam/dnsproxy',
} as const satisfies Source

/** By Frank Olbricht: routes by name, asks by GET. */
export const routednsSource = {
  name: 'routedns',
  group: 'routedns',
  package: 'github.com/folbricht/routedns/cmd/routedns',
} as const satisfies Source

export type ProgramName = (typeof sources)[number]['name']

/** The absolute path of each built program. */
export type Programs = Readonly<Record<ProgramName, string>>
