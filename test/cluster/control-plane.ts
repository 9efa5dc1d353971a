/*
 * A real Kubernetes control plane for tests, without containers:
 *
 *   build.ts           builds the programs with Go, cached      ─┐
 *   plane-config.ts    directory, ports, keys                    ├─ startControlPlane()
 *   process-specs.ts   the arguments of each program             │
 *   processes.ts       processes that end with this one         ─┘
 *     kill-on-exit.ts    ends them if this process is killed
 *   coredns.ts         CoreDNS on the same API server, on demand
 *   change-cluster.ts  changes that tests make to the cluster
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
  /** Nodes simulated by kwok, 1 to 4095. Default 3. */
  nodes?: number
  /** Whether pods get an IPv6 address in addition to the IPv4 one. Default false. */
  dualStackPods?: boolean
  /** Keeps the directory with logs and keys after the end, for debugging. Default false. */
  keepDir?: boolean
  /** Gets the progress of the build and the start. Default: standard error. */
  log?: Log
  /** Default: buildPrograms(log, env). */
  programs?: Programs
  /** The environment in which buildPrograms finds its cache and Go. Default: this process's environment. */
  env?: NodeJS.ProcessEnv
}

/** The running control plane. All its programs listen on 127.0.0.1 only. */
export type ControlPlane = {
  /** True: this cluster belongs to the tests, which may change and break it. */
  readonly owned: true
  /** Path of an admin's kubeconfig with embedded certificates. */
  readonly kubeconfig: string
  readonly kubectl: Kubectl
  readonly apiUrl: string
  /** PEM file of the authority behind apiUrl and CoreDNS' HTTPS. */
  readonly caFile: string
  /** The plane's identities, for tests that act as one of its programs. */
  readonly certificates: Certificates
  /** etcd's own URL, plain HTTP without authentication. */
  readonly etcdUrl: string
  /** Contains NAME.log of each program; removed by stop(). */
  readonly dir: string
  /** The ports of CoreDNS; undefined until startCoredns. */
  readonly coredns: Coredns | undefined
  /** Starts CoreDNS, or restarts it with other options on the same ports. Resolves when it answers. */
  startCoredns(options?: CorednsOptions): Promise<Coredns>
  /** The programs, for tests that kill (SIGKILL) and restart them by name. */
  readonly processes: Pick<Processes, 'pids' | 'kill' | 'restart'>
  /** Ends every process and removes the directory. May be called twice. */
  stop(): Promise<void>
}

export type Cluster = ControlPlane | GivenCluster

/**
 * The cluster of KUBECONFIG if `env` sets that (then `owned` is false), or else a control plane started here.
 * Throws what startControlPlane and givenCluster throw.
 */
export async function controlPlaneFor(env: NodeJS.ProcessEnv, options: PlaneOptions = {}): Promise<Cluster> {
  return env.KUBECONFIG ? givenCluster(env) : startControlPlane({ env, ...options })
}

/**
 * Builds missing programs, starts a control plane, and resolves when pods can be scheduled on every node.
 * Throws ClusterError GO_MISSING, OPENSSL_MISSING, BUILD_FAILED, PROGRAM_EXITED with the end of that program's log, or
 * WaitError; then no process is left running.
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
  // Each plane has its own cache of API discovery, since an earlier plane may have had the same port.
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
  await waitFor(`${count} nodes accept pods`, async () => {
    processes.check()
    return (await nodesOpen(kubectl)) === count
  })
  // Pods are refused until the controller manager has created it.
  await waitFor('default has a service account', () =>
    kubectl(['get', 'serviceaccount', 'default', '-o=name']),
  )
}

type NodeList = { items: { spec: { taints?: unknown[] }; status: { phase?: string } }[] }

/** The number of nodes that are initialized and have no taint, such as not-ready. */
async function nodesOpen(kubectl: Kubectl): Promise<number> {
  const { items } = JSON.parse(await kubectl(['get', 'nodes', '-o=json'])) as NodeList
  return items.filter(({ spec, status }) => status.phase === 'Running' && !spec.taints?.length).length
}
