import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')

/** A running `wrangler dev`. */
export type WranglerDev = {
  /** Its origin. */
  readonly url: string
  said(): string
  /** Ends wrangler and its processes. */
  stop(): Promise<void>
}

/** Starts `wrangler dev ARGS...` on a free port, with that directory's wrangler.toml. Local, and rejects, as startTyped. */
export function startWranglerDev(cwd: string, ...args: readonly string[]): Promise<WranglerDev> {
  const words = [process.execPath, program, 'dev', ...args, '--ip', '127.0.0.1', '--port', '0']
  return startTyped(words.map((word) => `'${word}'`).join(' '), cwd, process.env)
}

/**
 * Runs a shell's command that starts `wrangler dev`, and waits until it is ready. KV and Durable Objects are local. Nothing is fetched
 * from the network. Rejects, with its output, if it ends before.
 */
export async function startTyped(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<WranglerDev> {
  const registry = await mkdtemp(join(tmpdir(), 'kubedoh-registry-'))
  const quiet = {
    CI: '1',
    NO_COLOR: '1',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_REGISTRY_PATH: registry,
    X_LOCAL_OBSERVABILITY: 'false',
  }
  // A group of its own, since wrangler starts processes of its own.
  const child = spawn('sh', ['-c', `exec ${command} --inspector-port 0`], {
    ...{ cwd, env: { ...env, ...quiet }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  })
  let said = ''
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // The group has ended.
    }
    await rm(registry, { recursive: true, force: true })
  }
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const [, ready] = /Ready on (http:\/\/[^\s]+)/.exec(said) ?? []
        if (ready) resolve(ready)
      })
    child.once('exit', (code) => reject(new Error(`wrangler dev ended with ${code}: ${said}`)))
  }).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return { url, said: () => said, stop }
}
