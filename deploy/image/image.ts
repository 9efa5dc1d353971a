import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleCommand } from '../bundle.ts'
import { bundledPackages, thirdPartyText } from '../npm/third-party.ts'
import { debianPackages } from './debian-packages.ts'
import { nodeRuntime } from './node-runtime.ts'
import type { Platform } from './platform.ts'
import { baseFiles, commandFiles, nodeFiles } from './root-files.ts'
import { billOfMaterials } from './sbom.ts'
import { type Entry, withDirectories } from './tar.ts'

/** The files of an image, by layer. */
export type ImageFiles = {
  readonly platform: Platform
  readonly layers: readonly { readonly comment: string; readonly entries: readonly Entry[] }[]
}

/**
 * Collects the files of the image of a platform: libraries of Debian, Node, and the bundled command of the checkout
 * `root`. `dir` must not exist; it is for downloads. Throws with the messages of apt-get, npm and esbuild.
 */
export async function imageOf(platform: Platform, root: string, dir: string): Promise<ImageFiles> {
  const dist = join(dir, 'kubedoh', 'dist')
  await mkdir(join(dir, 'debian'), { recursive: true })
  const bundled = await bundleCommand(dist)
  const apacheText = await readFile(join(root, 'LICENSE'), 'utf8')
  const licenses = thirdPartyText(await bundledPackages(bundled, apacheText))
  const packages = await debianPackages(platform, join(dir, 'debian'))
  const node = await nodeRuntime(platform, root, join(dir, 'node'))
  const sbom = await billOfMaterials(root, platform, node, packages)
  const layer = (comment: string, entries: readonly Entry[]): ImageFiles['layers'][number] => ({
    comment,
    entries: withDirectories(entries),
  })
  return {
    platform,
    layers: [
      layer('libraries and certificate authorities of Debian 12', await baseFiles(platform, packages)),
      layer(`Node ${node.version}`, nodeFiles(node)),
      layer('kubedoh', await commandFiles(root, dist, { licenses, sbom })),
    ],
  }
}
