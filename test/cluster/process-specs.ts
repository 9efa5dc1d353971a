import { join } from 'node:path'
import type { PlaneConfig } from './plane-config.ts'
import { apiServes, etcdServes } from './probe.ts'
import type { ProcessSpec } from './processes.ts'

/** Cluster addresses of Services: IPv4 first, so single-stack Services get IPv4. */
const serviceRange = '10.96.0.0/16,fd00:10:96::/112'
// For the EndpointSlice of default/kubernetes, which must not have a loopback address. A documentation address
// (RFC 5737); nothing connects to it.
const advertised = '192.0.2.1'
const stagesFile = join(import.meta.dirname, 'stages.yaml')
// The port would only serve metrics; 0 disables it.
const unattended = ['--leader-elect=false', '--secure-port=0']

/** etcd. Without fsync, since a test cluster does not have to survive a power failure. */
export function etcdSpec({ dir, ports, programs }: PlaneConfig): ProcessSpec {
  const client = `http://127.0.0.1:${ports.etcd}`
  const peer = `http://127.0.0.1:${ports.etcdPeer}`
  return {
    name: 'etcd',
    program: programs.etcd,
    args: [
      '--name=test',
      `--data-dir=${join(dir, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=test=${peer}`,
      '--unsafe-no-fsync',
      `--quota-backend-bytes=${8 * 1024 ** 3}`, // the default of 2 GiB fills up with ten thousand Services
      '--log-level=warn',
    ],
    ready: () => etcdServes(ports.etcd),
  }
}

export function apiServerSpec({ apiUrl, certificates, dir, ports, programs }: PlaneConfig): ProcessSpec {
  const { caFile, server, serviceAccount } = certificates
  return {
    name: 'kube-apiserver',
    program: programs['kube-apiserver'],
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.api}`,
      `--advertise-address=${advertised}`,
      `--cert-dir=${join(dir, 'keys')}`,
      `--tls-cert-file=${server.certFile}`,
      `--tls-private-key-file=${server.keyFile}`,
      `--client-ca-file=${caFile}`,
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${serviceAccount.publicFile}`,
      `--service-account-signing-key-file=${serviceAccount.privateFile}`,
      `--service-cluster-ip-range=${serviceRange}`,
    ],
    ready: () => apiServes(apiUrl, caFile),
  }
}

/**
 * The controllers, among them that of EndpointSlices. The node lifecycle controller is needed to remove the not-ready
 * taint of nodes. node-ipam is off, since it requires a cluster range, and the nodes define their own ranges.
 */
export function controllerManagerSpec({ certificates, kubeconfigs, programs }: PlaneConfig): ProcessSpec {
  return {
    name: 'kube-controller-manager',
    program: programs['kube-controller-manager'],
    args: [
      `--kubeconfig=${kubeconfigs.controllerManager}`,
      '--controllers=*,-node-ipam-controller',
      '--node-monitor-period=500ms', // the default of 5 s would delay every start
      // It starts with service accounts; the default of 20 requests per second doubles the time for that.
      '--kube-api-qps=200',
      '--kube-api-burst=300',
      // RBAC grants most controllers rights only under their own service accounts.
      '--use-service-account-credentials=true',
      `--root-ca-file=${certificates.caFile}`,
      `--service-account-private-key-file=${certificates.serviceAccount.privateFile}`,
      ...unattended,
    ],
  }
}

export function schedulerSpec({ kubeconfigs, programs }: PlaneConfig): ProcessSpec {
  return {
    name: 'kube-scheduler',
    program: programs['kube-scheduler'],
    args: [`--kubeconfig=${kubeconfigs.scheduler}`, ...unattended],
  }
}

/** kwok, which simulates the kubelet of every node by the rules of stages.yaml. It does not listen on any port. */
export function kwokSpec({ kubeconfigs, programs }: PlaneConfig): ProcessSpec {
  return {
    name: 'kwok',
    program: programs.kwok,
    args: [
      `--kubeconfig=${kubeconfigs.admin}`,
      `--config=${stagesFile}`,
      '--manage-all-nodes=true',
      // A restarted kwok waits this long for the leases of its predecessor. The default of kubelets is 40.
      '--node-lease-duration-seconds=10',
    ],
  }
}
