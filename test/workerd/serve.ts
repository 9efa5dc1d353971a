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
export type ServedWorker = { readonly url: string; readonly process: ChildProcess; stop(): Promise<void> }

/**
 * Runs `workerd serve` on a Worker: its modules, or the code of the only one. With `kvPort` the Worker has the bindings of wrangler.toml, with the KV backend on
 * that port of 127.0.0.1; otherwise it has none.
 */
export async function serveWorker(
  worker: WorkerModules | string,
  bindings?: { readonly kvPort: number; readonly vars: Readonly<Record<string, string>> },
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
    const port = await listening(child, () => said)
    return { url: `http://127.0.0.1:${port}`, process: child, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function configText(
  dir: string,
  modules: readonly string[],
  bindings: { readonly kvPort: number; readonly vars: Readonly<Record<string, string>> } | undefined,
): string {
  const vars = Object.entries(bindings?.vars ?? {}).map(
    ([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`,
  )
  const bound = bindings
    ? ['(name = "KV", kvNamespace = "kv")', '(name = "REGISTER", durableObjectNamespace = "RegisterObject")']
    : []
  const objects = bindings
    ? `durableObjectNamespaces = [(className = "RegisterObject", uniqueKey = "register", enableSql = true)],
  durableObjectStorage = (localDisk = "objects"),`
    : ''
  const kv = bindings
    ? `, (name = "kv", external = (address = "127.0.0.1:${bindings.kvPort}", http = ())),
    (name = "objects", disk = (path = ${JSON.stringify(dir)}, writable = true))`
    : ''
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["public", "private"]))${kv}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [${modules.map((name) => `(name = "${name}", esModule = embed "${name}")`).join(', ')}],
  compatibilityDate = "2026-08-04",
  ${objects}
  bindings = [${[...bound, ...vars].join(', ')}]
);
`
}

/** The port of the socket, which the system chose: workerd reports it on its control pipe. Rejects when it ends before. */
function listening(child: ChildProcess, said: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`workerd ended: ${said()}`)))
    createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
      const report = JSON.parse(line) as { readonly event: string; readonly port?: number }
      if (report.event === 'listen' && report.port !== undefined) resolve(report.port)
    })
  })
}
