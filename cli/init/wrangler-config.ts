import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ownFolder } from '../options/own-folder.ts'
import { fileNames, type SetupFile } from './files.ts'

/** The Worker's main module below the folder of kubedoh: made by the build of a checkout, and part of the npm package. */
const mainModule = { checkout: 'deploy/worker/dist/worker.js', package: 'worker/worker.js' } as const

/** The table of the build in wrangler.toml. */
const buildTable = /^\[build\]\n(?:.+\n)*/m

/**
 * wrangler's configuration for a setup: that of kubedoh, with absolute paths. The file is written once: wrangler adds the id of the KV
 * namespace to it, and the user may add to it. Throws when kubedoh's folder lacks its wrangler.toml.
 */
export async function wranglerConfig(): Promise<SetupFile> {
  const folder = ownFolder()
  const isBuilt = existsSync(join(folder, mainModule.package))
  const main = join(folder, isBuilt ? mainModule.package : mainModule.checkout)
  const build = `[build]\ncommand = "npm run --silent worker"\ncwd = ${JSON.stringify(folder)}\n`
  const text = await readFile(join(folder, fileNames.wrangler), 'utf8')
  return {
    name: fileNames.wrangler,
    isSecret: false,
    text: text
      .replace(/^main = .*$/m, () => `main = ${JSON.stringify(main)}`)
      .replace(buildTable, () => (isBuilt ? '' : build)),
  }
}
