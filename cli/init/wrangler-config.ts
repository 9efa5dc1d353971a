import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ownFolder } from '../options/own-folder.ts'
import { fileNames, type SetupFile } from './files.ts'

/** The Worker's entry below the folder of kubedoh: in a checkout, and in the npm package. */
const entries = ['worker/cloudflare/worker.ts', 'lib/cloudflare.mjs']

/**
 * wrangler's configuration for a setup: that of kubedoh, with the absolute path of the Worker's entry. The file is
 * written once: wrangler adds the id of the KV namespace to it, and the user may add to it. Throws when kubedoh's folder lacks a file.
 */
export async function wranglerConfig(): Promise<SetupFile> {
  const folder = ownFolder()
  const entry = entries.map((name) => join(folder, name)).find((file) => existsSync(file))
  if (entry === undefined) throw new Error(`${folder} has no Worker`)
  const text = await readFile(join(folder, fileNames.wrangler), 'utf8')
  const main = JSON.stringify(entry)
  return { name: fileNames.wrangler, isSecret: false, text: text.replace(/^main = .*$/m, `main = ${main}`) }
}
