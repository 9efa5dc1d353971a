import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorker } from './bundle.ts'

/* The build command of wrangler.toml: bundles the Worker into dist/ of this folder, whose former content is deleted. */
const dir = fileURLToPath(new URL('dist', import.meta.url))
const { code } = await bundleWorker()
// File names contain a hash, so files of an earlier bundle would be deployed as well.
await rm(dir, { recursive: true, force: true })
await mkdir(dir)
await Promise.all(Array.from(code, ([name, text]) => writeFile(join(dir, name), text)))
