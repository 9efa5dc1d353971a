import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { WorkerModules } from '../../deploy/worker/bundle.ts'

// The package's own command is a script that starts the program: killing the script would leave the program running.
const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string }

/** A workerd process that serves one Worker. */
export type ServedWorker = {
  readonly url: string
  /** The URL of the second Worker; that of the first if there is none. */
  readonly readerUrl: string
  readonly process: ChildProcess
  stop(): Promise<void>
}

/** The bindings of wrangler.toml for a Worker under test. */
export type TestBindings = {
  /** The port of the KV backend on 127.0.0.1. */
  readonly kvPort: number
  readonly vars: Readonly<Record<string, string>>
  /** The folder of the Durable Object, for a Worker that is deployed again over the same data; by default one that is removed. */
  readonly objects?: string
  /** Whether a second Worker, which is another isolate, reads from the same register and KV. */
  readonly hasReader?: boolean
}

/**
 * Runs `workerd serve` on a Worker: its modules, or the code of the only one. Without `bindings` it has none.
 */
export async function serveWorker(
  worker: WorkerModules | string,
  bindings?: TestBindings,
): Promise<ServedWorker> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-workerd-'))
  const { main, code } =
    typeof worker === 'string' ? { main: 'worker.js', code: new Map([['worker.js', worker]]) } : worker
  await Promise.all(Array.from(code, ([name, text]) => writeFile(join(dir, name), text)))
  // workerd starts the first module of the list.
  const names = [main, ...[...code.keys()].filter((name) => name !== main)]
  await writeFile(join(dir, 'config.capnp'), configText(dir, names, bindings))
  const options = ['--experimental', '--control-fd=3']
  const child = spawn(workerd, ['serve', join(dir, 'config.capnp'), ...options], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await rm(dir, { recursive: true })
  }
  try {
    const ports = await listening(child, bindings?.hasReader ? ['http', 'reader'] : ['http'], () => said)
    const [url = '', readerUrl = url] = ports.map((port) => `http://127.0.0.1:${port}`)
    return { url, readerUrl, process: child, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function configText(dir: string, modules: readonly string[], bindings: TestBindings | undefined): string {
  const vars = Object.entries(bindings?.vars ?? {}).map(
    ([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`,
  )
  const boundTo = (namespace: string): string[] =>
    bindings
      ? ['(name = "KV", kvNamespace = "kv")', `(name = "REGISTER", durableObjectNamespace = ${namespace})`]
      : []
  const objects = bindings
    ? `durableObjectNamespaces = [(className = "RegisterObject", uniqueKey = "register", enableSql = true)],
  durableObjectStorage = (localDisk = "objects"),`
    : ''
  const kv = bindings
    ? `, (name = "kv", external = (address = "127.0.0.1:${bindings.kvPort}", http = ())),
    (name = "objects", disk = (path = ${JSON.stringify(bindings.objects ?? dir)}, writable = true))`
    : ''
  const parts = `modules = [${modules.map((name) => `(name = "${name}", esModule = embed "${name}")`).join(', ')}],
  compatibilityDate = "2026-08-04",`
  const [readerService, readerSocket, reader] = bindings?.hasReader
    ? [
        ', (name = "reader", worker = .reader)',
        ', (name = "reader", address = "127.0.0.1:0", http = (), service = "reader")',
        `const reader :Workerd.Worker = (
  ${parts}
  bindings = [${[...boundTo('(className = "RegisterObject", serviceName = "main")'), ...vars].join(', ')}]
);`,
      ]
    : ['', '', '']
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["public", "private"]))${kv}${readerService}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")${readerSocket}]
);
const worker :Workerd.Worker = (
  ${parts}
  ${objects}
  bindings = [${[...boundTo('"RegisterObject"'), ...vars].join(', ')}]
);
${reader}
`
}

/** The ports of sockets, which the system chose: workerd reports them on its control pipe. Rejects when it ends before. */
function listening(child: ChildProcess, sockets: readonly string[], said: () => string): Promise<number[]> {
  const ports = new Map<string, number>()
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`workerd ended: ${said()}`)))
    createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
      const report = JSON.parse(line) as { event: string; socket?: string; port?: number }
      if (report.event === 'listen') ports.set(report.socket ?? '', report.port ?? 0)
      const found = sockets.map((socket) => ports.get(socket))
      if (found.every((port) => port !== undefined)) resolve(found)
    })
  })
}
