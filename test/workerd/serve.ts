import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

// The package's own command is a script that starts the program: killing the script would leave the program running.
const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string }

/** A workerd process that serves one Worker. */
export type ServedWorker = { readonly url: string; readonly process: ChildProcess; stop(): Promise<void> }

/**
 * Runs `workerd serve` on a module. With `kvPort` the Worker has the bindings of wrangler.toml, with the KV backend on
 * that port of 127.0.0.1; otherwise it has none.
 */
export async function serveWorker(
  module: string,
  bindings?: { readonly kvPort: number; readonly vars: Readonly<Record<string, string>> },
): Promise<ServedWorker> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-workerd-'))
  const port = await freePort()
  await writeFile(join(dir, 'worker.js'), module)
  await writeFile(join(dir, 'config.capnp'), configText(dir, port, bindings))
  const child = spawn(workerd, ['serve', join(dir, 'config.capnp'), '--experimental'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const url = `http://127.0.0.1:${port}`
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await rm(dir, { recursive: true })
  }
  try {
    await listening(url, child, () => said)
  } catch (error) {
    await stop()
    throw error
  }
  return { url, process: child, stop }
}

function configText(
  dir: string,
  port: number,
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
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-08-04",
  ${objects}
  bindings = [${[...bound, ...vars].join(', ')}]
);
`
}

async function listening(url: string, child: ChildProcess, said: () => string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`workerd ended: ${said()}`)
    try {
      await (await fetch(`${url}/healthz`)).arrayBuffer()
      return
    } catch {
      await sleep(25)
    }
  }
  throw new Error(`workerd does not answer: ${said()}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
