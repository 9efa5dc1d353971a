import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const wrangler = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')

type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string } }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** CPU time of the Worker's start as measured by `wrangler check startup` (ms), or the reason why it is unknown. */
export async function startUpMillis(): Promise<number | string> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-startup-'))
  try {
    const outfile = join(dir, 'start.cpuprofile')
    const env = { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false' }
    const args = [wrangler, 'check', 'startup', '--outfile', outfile]
    await promisify(execFile)(process.execPath, args, { cwd: root, env, timeout: 120_000 })
    const profile = JSON.parse(await readFile(outfile, 'utf8')) as Profile
    const idle = new Set(
      profile.nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id),
    )
    const micros = profile.samples
      .map((id, index) => (idle.has(id) ? 0 : (profile.timeDeltas[index] ?? 0)))
      .reduce((sum, delta) => sum + delta, 0)
    return Math.round(micros / 100) / 10
  } catch (error) {
    return `not measured: ${String(error).split('\n')[0] ?? ''}`
  } finally {
    await rm(dir, { recursive: true })
  }
}
