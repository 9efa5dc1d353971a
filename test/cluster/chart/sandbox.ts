import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sandbox } from './pod-objects.ts'
import { relay } from './relay.ts'
import { runtimeConfig } from './runtime-config.ts'

/*
 * node sandbox.ts SPEC   Runs one pod with crun, in the network and mount namespace of this process. SPEC is a Sandbox as JSON.
 * It is the stand-in for a node: rules of nftables for kube-proxy, directories in memory for the kubelet's volumes, relays for
 * the routes to the API server and an edge. It prints `started` when the pod answers its readiness probe, and `ready` when the probe
 * succeeds. It passes SIGTERM on to the container, and exits with the container's exit code.
 */
const spec = JSON.parse(process.argv[2] ?? '') as Sandbox
const [container] = spec.pod.containers
const shell = (script: string): void => void execFileSync('sh', ['-ec', script], { stdio: 'inherit' })

prepareNetwork()
for (const { address, socket } of spec.routes) await relay({ host: address, port: 443 }, { path: socket })
const dirs = new Map(spec.volumes.map((volume) => [volume.name, mountVolume(volume)]))
writeFileSync(join(spec.dir, 'config.json'), JSON.stringify(runtimeConfig(spec, dirs)))
// crun looks at the cgroup hierarchy even when it uses none, and refuses a hybrid one.
shell('mount -t tmpfs none /sys/fs/cgroup')
const crun = ['--root', join(spec.dir, 'crun'), '--cgroup-manager', 'disabled']
const running = spawn('crun', [...crun, 'run', '--bundle', spec.dir, spec.podName], { stdio: 'inherit' })
running.on('exit', (code) => process.exit(code ?? 1))
process.on('SIGTERM', () => execFileSync('crun', [...crun, 'kill', spec.podName, 'TERM']))
await untilProbe((status) => status !== undefined)
console.log('started')
await untilProbe((status) => status === 200)
console.log('ready')

/** One address for the pod and one for a client; the ports of Services lead to the pod, as with kube-proxy. */
function prepareNetwork(): void {
  shell(`ip link set lo up
    ip -4 address add ${spec.podIp}/32 dev lo
    ip -4 address add ${spec.clientIp}/32 dev lo
    ip -4 route add local ${spec.serviceRange} dev lo
    nft add table ip services
    nft add chain ip services output '{ type nat hook output priority -100; }'`)
  for (const { clusterIP, ports } of spec.services)
    for (const { port, targetPort, protocol } of ports) {
      const target = portNamed(targetPort) ?? Number(targetPort)
      const matched = `ip daddr ${clusterIP} ${protocol.toLowerCase()} dport ${port}`
      shell(`nft add rule ip services output ${matched} dnat to ${spec.podIp}:${target}`)
    }
}

function portNamed(wanted: string | number): number | undefined {
  return container.ports.find(({ name }) => name === wanted)?.containerPort
}

/** A directory in memory. Files are links into the directory ..data, as the kubelet writes them. */
function mountVolume({ name, files, mode }: Sandbox['volumes'][number]): string {
  const dir = join(spec.dir, 'volumes', name)
  const { fsGroup } = spec.pod.securityContext
  mkdirSync(dir, { recursive: true })
  shell(`mount -t tmpfs none ${dir}`)
  chownSync(dir, 0, fsGroup)
  // The kubelet gives the group of fsGroup the right to write, and its id to new files.
  chmodSync(dir, 0o2775)
  if (!files) return dir
  mkdirSync(join(dir, '..1'))
  symlinkSync('..1', join(dir, '..data'))
  for (const [file, text] of Object.entries(files)) {
    const path = join(dir, '..1', file)
    writeFileSync(path, text)
    chownSync(path, 0, fsGroup)
    chmodSync(path, mode)
    symlinkSync(join('..data', file), join(dir, file))
  }
  return dir
}

/** Probes until the status is as wanted; it is undefined without a response. */
async function untilProbe(isWanted: (status: number | undefined) => boolean): Promise<void> {
  const { httpGet, periodSeconds } = container.readinessProbe
  const url = `http://${spec.podIp}:${portNamed(httpGet.port)}${httpGet.path}`
  while (!isWanted((await fetch(url).catch(() => undefined))?.status))
    await sleep(Math.min(periodSeconds * 1000, 500))
}
