import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const wrangler = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')

/** The Worker, or another entry with the same bindings, as `wrangler deploy` uploads it: one minified module. */
export async function bundleWorker(entry = 'worker/cloudflare/worker.ts'): Promise<string> {
  const out = await mkdtemp(join(tmpdir(), 'kubedoh-bundle-'))
  try {
    const args = [wrangler, 'deploy', entry, '--dry-run', '--minify', '--outdir', out]
    const env = {
      ...process.env,
      CI: '1',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
    }
    await promisify(execFile)(process.execPath, args, { cwd: root, env })
    return await readFile(join(out, `${basename(entry, '.ts')}.js`), 'utf8')
  } finally {
    await rm(out, { recursive: true })
  }
}
