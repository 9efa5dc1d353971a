import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { output } from '../../clients/program.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { ImageRun, PodSpec, Sandbox, ServiceSpec, VolumeFiles, VolumeSpec } from './pod-objects.ts'
import { relay } from './relay.ts'
import { accountVolume } from './runtime-config.ts'

/** One pod of the chart's Deployment, run by crun in a network namespace of its own. */
export type ChartPod = {
  /** The addresses of the Services of the namespace, by name. */
  readonly services: ReadonlyMap<string, string>
  /** Another address in the pod's network namespace, for clients. */
  readonly clientIp: string
  /** Runs a program in the pod's network namespace; returns its output. */
  ask(program: string, ...args: readonly string[]): Promise<string>
  said(): string
  /** Sends SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>
}

const script = fileURLToPath(new URL('sandbox.ts', import.meta.url))
const place = { podIp: '10.244.77.7', clientIp: '10.244.88.8', apiAddress: '10.96.0.1' }

type Cluster = Pick<ControlPlane, 'apiUrl' | 'caFile' | 'kubectl'>

/** The Deployment `name`, and what a node adds to it. */
export type ChartPodPlace = {
  readonly namespace: string
  readonly name: string
  readonly image: ImageRun
  /** The directory with the files of the image. */
  readonly rootfs: string
  /** Whether the readiness probe must succeed, or only be answered. Default: ready. */
  readonly until?: 'started' | 'ready' | undefined
  /** URLs that the pod reaches at port 443 of an address, by the address. */
  readonly routes?: Readonly<Record<string, string>>
}

/**
 * Runs the pod of a Deployment that is in the API: command and files from the image; arguments,
 * environment, user and mounts from the Deployment; the content of ConfigMaps and Secrets from the API, and a new token
 * of the ServiceAccount. Resolves when the readiness probe succeeds or, as `until` says, is answered. Needs root, crun and nft. Throws with the log if the
 * command ends before.
 */
export async function startChartPod(
  cluster: Cluster,
  { namespace, name, image, rootfs, routes = {}, until = 'ready' }: ChartPodPlace,
): Promise<ChartPod> {
  const get: Get = async (...what) =>
    JSON.parse(await cluster.kubectl(['get', ...what, `--namespace=${namespace}`, '-o=json']))
  const { spec } = await get<{ spec: { template: { spec: PodSpec } } }>('deployment', name)
  const pod = spec.template.spec
  const { items } = await get<{ items: { metadata: { name: string }; spec: ServiceSpec }[] }>('services')
  const withAddress = items.filter((service) => service.spec.clusterIP !== 'None')
  const volumes = await Promise.all((pod.volumes ?? []).map((volume) => filesOf(volume, get)))
  if (pod.automountServiceAccountToken) volumes.push(await accountFiles(cluster, namespace, pod))
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-chart-pod-'))
  const urls = Object.entries({ [place.apiAddress]: cluster.apiUrl, ...routes })
  const outside = await Promise.all(urls.map(([address, url]) => routeTo(url, address, dir)))
  const sandbox: Sandbox = {
    ...{ dir, rootfs, podName: `${name}-0`, ...place, serviceRange: '10.96.0.0/16' },
    routes: outside.map(({ address, socket }) => ({ address, socket })),
    services: withAddress.map((service) => service.spec),
    ...{ pod, image, volumes },
  }
  const command = ['--net', '--mount', process.execPath, script, JSON.stringify(sandbox)]
  const child = spawn('unshare', command, { stdio: ['ignore', 'pipe', 'pipe'] })
  const said = await untilPrinted(child, until)
  return {
    services: new Map(withAddress.map((service) => [service.metadata.name, service.spec.clusterIP])),
    clientIp: place.clientIp,
    ask: (program, ...args) => output('nsenter', [`--net=/proc/${child.pid}/ns/net`, program, ...args]),
    said,
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      for (const { server } of outside) server.close()
      await rm(dir, { recursive: true })
      return child.exitCode
    },
  }
}

/** A Unix socket, which processes of every network namespace can reach, in front of a URL. */
async function routeTo(url: string, address: string, dir: string) {
  const { hostname, port } = new URL(url)
  const socket = join(dir, `${address}.sock`)
  return { address, socket, server: await relay({ path: socket }, { host: hostname, port: Number(port) }) }
}

/** Resolves when the child prints this line, to a function that returns its output so far. */
async function untilPrinted(child: ChildProcess, line: string): Promise<() => string> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (said.split('\n').includes(line)) resolve()
      })
    child.once('exit', (code) => reject(new Error(`the pod ended with ${code}: ${said}`)))
  })
  return () => said
}

type Get = <T>(...what: string[]) => Promise<T>

async function filesOf({ name, secret, configMap }: VolumeSpec, get: Get): Promise<VolumeFiles> {
  if (secret) {
    const { data } = await get<{ data: Record<string, string> }>('secret', secret.secretName)
    const files = Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()])
    return { name, files: Object.fromEntries(files), mode: secret.defaultMode ?? 0o644 }
  }
  if (!configMap) return { name, mode: 0o644 }
  const { data } = await get<{ data: Record<string, string> }>('configmap', configMap.name)
  return { name, files: data, mode: configMap.defaultMode ?? 0o644 }
}

async function accountFiles(
  { kubectl, caFile }: Cluster,
  namespace: string,
  { serviceAccountName }: PodSpec,
): Promise<VolumeFiles> {
  const token = await kubectl(['create', 'token', serviceAccountName, `--namespace=${namespace}`])
  const files = { token: token.trim(), namespace, 'ca.crt': await readFile(caFile, 'utf8') }
  return { name: accountVolume, files, mode: 0o644 }
}
