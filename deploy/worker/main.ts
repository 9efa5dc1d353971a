import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorker } from './bundle.ts'

/*
 * The build command of wrangler.toml: bundles the Worker into dist/ of this folder. A file that is as it should be stays untouched, since
 * another wrangler may be reading it.
 */
const dir = fileURLToPath(new URL('dist', import.meta.url))
const { code } = await bundleWorker()
await mkdir(dir, { recursive: true })
for (const [name, text] of code) {
  const file = join(dir, name)
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue
  const unfinished = `${file}.${process.pid}`
  await writeFile(unfinished, text)
  await rename(unfinished, file)
}
// File names contain a hash, so files of an earlier bundle would be deployed as well.
const former = (await readdir(dir)).filter((name) => name.endsWith('.js') && !code.has(name))
await Promise.all(former.map((name) => rm(join(dir, name), { force: true })))
