import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { start } from '../blackbox/command.ts'
import { newKey, publishThrough } from '../blackbox/publish.ts'
import { outsideObjects } from './services.ts'

/** Starts a DoH server without TLS for the names outside the cluster: a second edge with the zone outside.example. */
export async function startUpstream(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-upstream-'))
  const key = await newKey()
  const config = {
    public: true,
    clusters: [{ id: 'outside', keys: [key.publicKey], zones: ['outside.example'] }],
  }
  const file = join(dir, 'config.json')
  await writeFile(file, JSON.stringify(config))
  const running = await start([
    'serve',
    '--plain',
    '--config',
    file,
    '--data',
    dir,
    '--listen',
    '127.0.0.1:0',
  ])
  await publishThrough(fetch, new URL(running.url).origin, 'outside', key, outsideObjects())
  return {
    url: running.url,
    async stop() {
      await running.stop()
      await rm(dir, { recursive: true })
    },
  }
}
