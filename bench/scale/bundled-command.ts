import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleCommand } from '../../deploy/bundle.ts'

/** Bundles the command below `dir`, as in the image, and returns its file. */
export async function bundledCommand(dir: string): Promise<string> {
  const dist = join(dir, 'dist')
  await bundleCommand(dist)
  await copyFile(fileURLToPath(new URL('../../package.json', import.meta.url)), join(dir, 'package.json'))
  return join(dist, 'main.mjs')
}
