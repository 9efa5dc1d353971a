/*
 * A real Kubernetes control plane for tests, without containers:
 *
 *   build.ts       programs built by Go, cached        ─┐
 *   config.ts        directory, ports, keys               ├─ startControlPlane()
 *   jobs.ts        what each program is started with    │
 *   processes.ts        processes that end with this one    ─┘
 *                    └─ killer.ts, should this process be killed
 *   coredns.ts     the oracle, on demand
 *   shape.ts       what tests do to the cluster
 */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../wait-for.ts'
import { buildPrograms } from './build.ts'
import type { Certificates } from './certificates.ts'
import { type Coredns, type CorednsOptions, corednsAt, corednsSpec } from './coredns.ts'
import { type GivenCluster, givenCluster } from './given-cluster.ts'
import { type Kubectl, kubectlFor } from './kubectl.ts'
import { type Log, logToStderr } from './log.ts'
import { nodesManifest } from './nodes.ts'
import { type PlaneConfig, preparePlane } from './plane-config.ts'
import { apiServerSpec, controllerManagerSpec, etcdSpec, kwokSpec, schedulerSpec } from './process-specs.ts'
import { createProcesses, type Processes } from './processes.ts'
import type { Programs } from './programs.ts'

export type PlaneOptions = {
  /** Nodes played by kwok, 1 to 4095. Default 3. */
  nodes?: number
  /** Whether pods get an IPv6 address beside the IPv4 one. Default false. */
  dualStackPods?: boolean
  /** Keeps the directory with the programs' logs and keys after the end, to look into. Default false. */
  keepDir?: boolean
  /** Told about the build and the start. Default: standard error. */
  log?: Log
  /** Default: buildPrograms(log, env). */
  programs?: Programs
  /** Where buildPrograms looks for its cache and for Go. Default: this process's environment. */
  env?: NodeJS.ProcessEnv
}

/** The running plane. Everything in it listens on 127.0.0.1 only. */
export type ControlPlane = {
  /** True: the tests own this cluster and may do to it what they like. */
  readonly owned: true
  /** Path of an admin's kubeconfig that needs no other file. */
  readonly kubeconfig: string
  readonly kubectl: Kubectl
  readonly apiUrl: string
  /** PEM file of the authority behind apiUrl and CoreDNS' HTTPS. */
  readonly caFile: string
  /** The plane's identities, for tests that stand in for one of its programs. */
  readonly certificates: Certificates
  /** etcd's own URL, plain HTTP without authentication. */
  readonly etcdUrl: string
  /** Holds NAME.log of each program; gone after stop(). */
  readonly dir: string
  /** Where the oracle listens; undefined until startCoredns. */
  readonly coredns: Coredns | undefined
  /** Starts the oracle, or starts it anew with other options, on the same ports. Resolves when it answers. */
  startCoredns(options?: CorednsOptions): Promise<Coredns>
  /** The programs, for tests that disturb them: pids, kill by name (SIGKILL), restart by name. */
  readonly processes: Pick<Processes, 'pids' | 'kill' | 'restart'>
  /** Ends every process and removes the directory. May be called twice. */
  stop(): Promise<void>
}

export type Cluster = ControlPlane | GivenCluster

/**
 * The cluster that `env` asks for: the one of KUBECONFIG if that is set, `owned` being false, or else
 * a plane started here. Throws what startControlPlane and givenCluster throw.
 */
export async function controlPlaneFor(env: NodeJS.ProcessEnv, options: PlaneOptions = {}): Promise<Cluster> {
  return env.KUBECONFIG ? givenCluster(env) : startControlPlane({ env, ...options })
}

/**
 * Builds what is missing, starts a plane, and resolves when pods could be scheduled on every node.
 * Throws ClusterError: GO_MISSING, OPENSSL_MISSING, BUILD_FAILED, PROGRAM_EXITED with the end of that
 * program's log, TIMEOUT; nothing is left running then.
 */
export async function startControlPlane(options: PlaneOptions = {}): Promise<ControlPlane> {
  const { log = logToStderr, keepDir = false } = options
  const programs = options.programs ?? (await buildPrograms(log, options.env))
  const begun = performance.now()
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-cluster-'))
  const processes = createProcesses(dir, keepDir)
  try {
    const config = await preparePlane(dir, programs)
    const plane = planeAt(config, processes)
    await bringUp(config, processes, plane.kubectl, options)
    log(`control plane ready after ${((performance.now() - begun) / 1000).toFixed(1)} s in ${dir}`)
    return plane
  } catch (error) {
    await processes.stopAll()
    throw error
  }
}

function planeAt(config: PlaneConfig, processes: Processes): ControlPlane {
  const { apiUrl, certificates, dir, kubeconfigs, ports, programs } = config
  const kubeconfig = kubeconfigs.admin
  // The cache of API discovery is this plane's own: another plane may have had the same port.
  const common = [`--kubeconfig=${kubeconfig}`, `--cache-dir=${join(dir, 'kubectl-cache')}`]
  let coredns: Coredns | undefined
  return {
    owned: true,
    kubeconfig,
    kubectl: kubectlFor(programs.kubectl, common),
    apiUrl,
    caFile: certificates.caFile,
    certificates,
    etcdUrl: `http://127.0.0.1:${ports.etcd}`,
    dir,
    get coredns() {
      return coredns
    },
    async startCoredns(options = {}) {
      await processes.start(await corednsSpec(config, options))
      coredns = corednsAt(config, options)
      return coredns
    },
    processes: {
      pids: () => processes.pids(),
      kill: (name) => processes.kill(name),
      restart: (name) => processes.restart(name),
    },
    stop: () => processes.stopAll(),
  }
}

async function bringUp(
  config: PlaneConfig,
  processes: Processes,
  kubectl: Kubectl,
  options: PlaneOptions,
): Promise<void> {
  await processes.start(etcdSpec(config))
  await processes.start(apiServerSpec(config))
  await Promise.all(
    [controllerManagerSpec, schedulerSpec, kwokSpec].map((job) => processes.start(job(config))),
  )
  const count = options.nodes ?? 3
  await kubectl(['create', '-f', '-'], { input: nodesManifest(count, options.dualStackPods ?? false) })
  await waitFor(`${count} nodes take pods`, async () => {
    processes.check()
    return (await nodesOpen(kubectl)) === count
  })
  // Until the controller manager has made it, a pod is refused.
  await waitFor('default has a service account', () =>
    kubectl(['get', 'serviceaccount', 'default', '-o=name']),
  )
}

type NodeList = { items: { spec: { taints?: unknown[] }; status: { phase?: string } }[] }

/** How many nodes are initialized and bear no taint, such as not-ready. */
async function nodesOpen(kubectl: Kubectl): Promise<number> {
  const { items } = JSON.parse(await kubectl(['get', 'nodes', '-o=json'])) as NodeList
  return items.filter(({ spec, status }) => status.phase === 'Running' && !spec.taints?.length).length
}
