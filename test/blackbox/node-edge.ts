import type { ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, fetch as undiciFetch } from 'undici'
import { start } from './command.ts'
import { dnsPlaces } from './dns-places.ts'
import type { EdgeUnderTest, TestConfig } from './edge-under-test.ts'

/**
 * Starts `kubedoh serve` in its own process, over TLS with its development certificate, on an empty directory.
 * `options` are added to its command line, `env` to its environment; `program` is its runtime, if not the usual one.
 */
export async function startNodeEdge(
  config: TestConfig,
  options: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  program?: string,
): Promise<
  EdgeUnderTest & {
    readonly caFile: string
    readonly process: ChildProcess
    readonly stderr: readonly string[]
  }
> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-edge-'))
  const configFile = join(dir, 'config.json')
  await writeFile(configFile, JSON.stringify(config))
  const places = ['--config', configFile, '--data', dir, '--listen', '127.0.0.1:0']
  const running = await start(['serve', ...places, ...options], env, program)
  const caFile = join(dir, 'tls', 'ca.pem')
  const ca = await readFile(caFile, 'utf8')
  const dispatcher = new Agent({ connect: { ca }, allowH2: true })
  const trusting = (url: string, init?: object) => undiciFetch(url, { ...init, dispatcher })
  return {
    runtime: 'node',
    url: new URL(running.url).origin,
    fetch: trusting as unknown as typeof fetch,
    dns: dnsPlaces(running.stdout, ca),
    caFile,
    process: running.process,
    stderr: running.stderr,
    async stop() {
      await dispatcher.close()
      await running.stop()
      await rm(dir, { recursive: true })
    },
  }
}
