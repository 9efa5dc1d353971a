import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { imageOf } from './image.ts'
import { imageConfig } from './image-config.ts'
import { writeLayout } from './layout.ts'
import { type Platform, platforms } from './platform.ts'
import { writeRoot } from './write-root.ts'

/*
 * npm run image -- --out DIR                 an OCI image layout for linux/amd64 and linux/arm64, without an engine
 * npm run image -- --out DIR --arch amd64    for one platform; may be given several times
 * npm run image -- --root DIR                the files of this machine's platform alone, as deploy/Dockerfile copies them
 * --created TIME and --revision COMMIT are written into the image. Needs Debian, for apt-get and dpkg-deb.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    root: { type: 'string' },
    arch: { type: 'string', multiple: true },
    created: { type: 'string' },
    revision: { type: 'string' },
  },
})
if ((values.out === undefined) === (values.root === undefined))
  throw new Error('give --out DIR or --root DIR')
const own = process.arch === 'arm64' ? 'arm64' : 'amd64'
const wanted = values.arch ?? (values.root === undefined ? Object.keys(platforms) : [own])
const chosen = wanted.map((arch): Platform => {
  const platform = platforms[arch as Platform['arch']]
  if (!platform) throw new Error(`--arch is "${arch}", it must be amd64 or arm64`)
  return platform
})

const dir = await mkdtemp(join(tmpdir(), 'kubedoh-image-'))
try {
  const images = []
  for (const platform of chosen) images.push(await imageOf(platform, root, join(dir, platform.arch)))
  if (values.root !== undefined)
    for (const { layers } of images) await writeRoot(resolve(values.root), layers)
  if (values.out !== undefined)
    console.log(await writeLayout(resolve(values.out), images, await imageConfig(root, values)))
} finally {
  await rm(dir, { recursive: true })
}
