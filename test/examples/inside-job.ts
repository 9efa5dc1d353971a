import { execFile } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { start } from '../blackbox/command.ts'
import { startUsualResolver, usualName } from '../clients/usual-resolver.ts'
import { repositoryRoot } from '../house/source.ts'
import { type ActionEnd, runAction } from './composite-action.ts'

/*
 * node inside-job.ts   Runs in a new network and mount namespace, which is the machine of a job: a resolver, an edge with a
 * policy, the steps of the action, look-ups by getent, and the steps that end it. Prints a JobReport as JSON.
 */

const execute = promisify(execFile)

/** What was seen inside. */
export type JobReport = {
  readonly token: string
  readonly broken: ActionEnd
  readonly started: ActionEnd
  /** The addresses of a name of the cluster, and of the usual name, while the stub runs. */
  readonly inside: string
  readonly outside: string
  /** Whether the token was in a command line of a process. */
  readonly isTokenShown: boolean
  readonly stopped: ActionEnd
  readonly resolvConf: { readonly before: string; readonly during: string; readonly after: string }
  /** The names that the usual resolver was asked for, in all. */
  readonly asked: readonly string[]
}

const usualServer = '10.255.0.53'
const name = 'none-linuxea.default.svc.cluster.local'
const action = join(repositoryRoot, 'examples', 'github-action')
const command = join(repositoryRoot, 'cli', 'kubedoh.mjs')

async function lookUp(asked: string): Promise<string> {
  const { stdout } = await execute('getent', ['ahostsv4', asked])
  return [...stdout.matchAll(/^(\S+) +STREAM/gm)]
    .map(([, address]) => address)
    .toSorted((a, b) => (a ?? '').localeCompare(b ?? ''))
    .join(' ')
}

async function commandLines(): Promise<string> {
  const { stdout } = await execute('sh', ['-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'])
  return stdout
}

const dir = await mkdtemp(join(tmpdir(), 'kubedoh-job-'))
for (const words of ['link set lo up', `address add ${usualServer}/32 dev lo`])
  await execute('ip', words.split(' '))
const usual = await startUsualResolver(usualServer)
const made = [
  ...['token', 'create', 'ci', '--policy', join(dir, 'policy.yaml')],
  ...['--cluster', 'local', '--namespaces', 'default'],
]
const token = (await execute(process.execPath, [command, ...made])).stdout.trim()
const places = ['--listen', '127.0.0.1:8443', '--data', join(dir, 'data')]
const edge = await start(['up', '--policy', join(dir, 'policy.yaml'), ...places])
const ca = await readFile(join(dir, 'data', 'tls', 'ca.pem'), 'utf8')
const read = (): Promise<string> => readFile('/etc/resolv.conf', 'utf8')
const before = await read()
const inputs = { url: `${edge.url}/${token}`, ca, name, command }
const broken = await runAction(
  join(action, 'action.yml'),
  { ...inputs, url: 'http://192.0.2.1/dns-query' },
  join(dir, 'broken'),
)
const started = await runAction(join(action, 'action.yml'), inputs, dir)
const during = await read()
const seen =
  started.failed === undefined
    ? { inside: await lookUp(name), outside: await lookUp(usualName) }
    : { inside: '', outside: '' }
const isTokenShown = (await commandLines()).includes(token)
const stopped = await runAction(join(action, 'stop', 'action.yml'), {}, dir)
const report: JobReport = {
  ...{ token, broken, started, ...seen, isTokenShown, stopped },
  resolvConf: { before, during, after: await read() },
  asked: await usual.takeNames(),
}
await edge.stop()
usual.stop()
await writeFile(process.argv[2] ?? '/dev/stdout', JSON.stringify(report))
process.exit(0)
