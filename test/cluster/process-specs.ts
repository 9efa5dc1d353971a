import { join } from 'node:path'
import type { PlaneConfig } from './plane-config.ts'
import { apiServes, etcdServes } from './probe.ts'
import type { ProcessSpec } from './processes.ts'

/** Cluster addresses of Services: IPv4 first, so single-stack Services get IPv4. */
const serviceRange = '10.96.0.0/16,fd00:10:96::/112'
// Goes into the EndpointSlice of default/kubernetes, where a loopback address is not allowed
// (RFC 5737: belongs to nobody). Nothing connects to it.
const advertised = '192.0.2.1'
const stagesFile = join(import.meta.dirname, 'stages.yaml')
// Ports of their own are for metrics only; 0 means none.
const unattended = ['--leader-elect=false', '--secure-port=0']

/** The database. Writes are not forced to the disk: a test's cluster need not survive a power cut. */
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
 * Writes the EndpointSlices, among much else. The node lifecycle controller stays on, as it takes the
 * not-ready taint off the nodes; node-ipam would ask for a cluster range, but the nodes bring their own.
 */
export function controllerManagerSpec({ certificates, kubeconfigs, programs }: PlaneConfig): ProcessSpec {
  return {
    name: 'kube-controller-manager',
    program: programs['kube-controller-manager'],
    args: [
      `--kubeconfig=${kubeconfigs.controllerManager}`,
      '--controllers=*,-node-ipam-controller',
      '--node-monitor-period=500ms', // 5 s by default, which every start would wait for
      // Its first seconds are spent on service accounts; the default of 20 requests a second doubles them.
      '--kube-api-qps=200',
      '--kube-api-burst=300',
      // Without it RBAC refuses most controllers: each has rights under its own service account only.
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

/** Plays every node's kubelet, by the rules of stages.yaml. It listens nowhere. */
export function kwokSpec({ kubeconfigs, programs }: PlaneConfig): ProcessSpec {
  return {
    name: 'kwok',
    program: programs.kwok,
    args: [
      `--kubeconfig=${kubeconfigs.admin}`,
      `--config=${stagesFile}`,
      '--manage-all-nodes=true',
      // A kwok that is restarted waits this long for the leases of the one before. A kubelet has 40.
      '--node-lease-duration-seconds=10',
    ],
  }
}
