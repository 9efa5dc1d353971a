import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { load } from 'js-yaml'
import { start } from '../blackbox/command.ts'
import { startUsualResolver, usualName } from '../clients/usual-resolver.ts'
import { repositoryRoot } from '../house/source.ts'

/*
 * node inside-compose.ts FILE   Runs in a new network namespace, which is the container with the stub; a further one is the
 * container of the app. Writes what the app found to FILE, as JSON.
 */

const execute = promisify(execFile)

/** The parts of compose.yaml that matter here. */
export type Compose = {
  readonly services: {
    readonly kubedoh: {
      readonly command: readonly string[]
      readonly networks: { readonly names: { readonly ipv4_address: string } }
    }
    readonly app: { readonly dns: readonly [string] }
  }
}

/** The addresses that the app found: of a name of the cluster, and of another name. */
export type AppReport = {
  readonly inside: string
  readonly outside: string
  readonly asked: readonly string[]
}

const name = 'kubernetes.default.svc.cluster.local'
const { services } = load(
  await readFile(join(repositoryRoot, 'examples', 'docker', 'compose.yaml'), 'utf8'),
) as Compose
const place = services.kubedoh.networks.names.ipv4_address
const dir = await mkdtemp(join(tmpdir(), 'kubedoh-compose-'))

const ip = (words: string): Promise<unknown> => execute('ip', words.split(' '))

/** Makes the container of the app, whose resolv.conf names the stub; it has the next address. */
async function openApp(): Promise<ChildProcess & { pid: number }> {
  const app = spawn('unshare', ['--net', '--mount', 'sleep', 'infinity'], { stdio: 'ignore' })
  if (app.pid === undefined) throw new Error('unshare does not start')
  await ip(`link add app0 type veth peer name eth0 netns ${app.pid}`)
  await ip(`address add ${place}/24 dev app0`)
  await ip('link set app0 up')
  await writeFile(join(dir, 'resolv.conf'), `nameserver ${services.app.dns[0]}\n`)
  await writeFile(join(dir, 'nsswitch.conf'), 'hosts: files dns\n')
  const address = place.replace(/\d+$/, (last) => String(Number(last) + 1))
  const steps = [
    ...['ip link set lo up', `ip address add ${address}/24 dev eth0`, 'ip link set eth0 up'],
    ...['resolv.conf', 'nsswitch.conf'].map((file) => `mount --bind ${join(dir, file)} /etc/${file}`),
  ]
  await enter(app.pid, 'sh', '-ec', steps.join('\n'))
  return Object.assign(app, { pid: app.pid })
}

function enter(pid: number, ...words: readonly string[]): Promise<{ stdout: string }> {
  return execute('nsenter', ['-t', String(pid), '--net', '--mount', ...words])
}

async function lookUp(pid: number, asked: string): Promise<string> {
  const { stdout } = await enter(pid, 'getent', 'ahostsv4', asked)
  return [...stdout.matchAll(/^(\S+) +STREAM/gm)].map(([, address]) => address).join(' ')
}

await ip('link set lo up')
const usual = await startUsualResolver('127.0.0.11')
const edge = await start(['up', '--listen', '127.0.0.1:8443', '--data', join(dir, 'data')])
await writeFile(join(dir, 'edge-url'), edge.url, { mode: 0o600 })
const app = await openApp()
const { command } = services.kubedoh
const options = command.slice(command.indexOf('kubedoh') + 1).map((word) => word.replace('/run/secrets', dir))
const stub = await start(options, { KUBEDOH_CA: join(dir, 'data', 'tls', 'ca.pem') })
const report: AppReport = {
  inside: await lookUp(app.pid, name),
  outside: await lookUp(app.pid, usualName),
  asked: await usual.takeNames(),
}
await writeFile(process.argv[2] ?? '', JSON.stringify(report))
await stub.stop()
await edge.stop()
app.kill('SIGKILL')
process.exit(0)
