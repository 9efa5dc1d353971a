import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Agent, fetch as undiciFetch } from 'undici'
import type { EdgeUnderTest } from '../test/blackbox/edge-under-test.ts'
import { newKey, publishFile } from '../test/blackbox/publish.ts'
import type { Contender } from './contender.ts'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** `kubedoh serve` with the sample cluster published, and a bare node:http2 server with the same certificate. */
export async function nodeContenders(dir: string): Promise<Contender[]> {
  const key = await newKey()
  const config = join(dir, 'config.json')
  const clusters = [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }]
  await writeFile(config, JSON.stringify({ public: true, clusters }))
  const args = [path('../cli/main.ts'), 'serve', '--config', config, '--data', dir, '--listen', '127.0.0.1:0']
  const ours = await launch('kubedoh serve', args)
  const tls = join(dir, 'tls')
  const dispatcher = new Agent({ connect: { ca: await readFile(join(tls, 'ca.pem'), 'utf8') } })
  const trusting = (url: string, init?: object) => undiciFetch(url, { ...init, dispatcher })
  const edge: EdgeUnderTest = {
    runtime: 'node',
    url: new URL(ours.url).origin,
    fetch: trusting as unknown as typeof fetch,
    stop: ours.stop,
  }
  await publishFile(edge, 'dev', key)
  await dispatcher.close()
  const floor = await launch('bare node:http2', [
    path('bare-server.ts'),
    join(tls, 'server.pem'),
    join(tls, 'server-key.pem'),
  ])
  return [ours, floor]
}

async function launch(name: string, args: readonly string[]): Promise<Contender> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  return { name, url: await readyUrl(child), process: child, http1: false, stop: () => end(child) }
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.startsWith('ready ')) resolve(line.slice('ready '.length))
      })
    }
    child.once('exit', (code) => reject(new Error(`a server ended with ${code} before it was ready`)))
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
