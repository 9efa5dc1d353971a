import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { ImageFiles } from './image.ts'
import type { ImageConfig } from './image-config.ts'
import { writeTar } from './tar.ts'

type Descriptor = {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: object
  readonly annotations?: Readonly<Record<string, string>>
}

type Put = (mediaType: string, content: Uint8Array | object) => Promise<Descriptor>

const media = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
}
const refName = 'org.opencontainers.image.ref.name'

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/**
 * Writes an OCI image layout (image-spec 1.1) into `dir`, whose former content is deleted: one image for each platform, and
 * an index of them. Equal input gives equal bytes. Returns the digest of the index.
 */
export async function writeLayout(
  dir: string,
  images: readonly ImageFiles[],
  config: ImageConfig,
): Promise<string> {
  await rm(dir, { recursive: true, force: true })
  await mkdir(join(dir, 'blobs', 'sha256'), { recursive: true })
  const put: Put = async (mediaType, content) => {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content))
    const digest = digestOf(bytes)
    await writeFile(join(dir, 'blobs', ...digest.split(':')), bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const manifests: Descriptor[] = []
  for (const image of images) manifests.push(await putImage(image, config, put))
  const { annotations, tag } = config
  const all = { schemaVersion: 2, mediaType: media.index, manifests, annotations }
  const index = await put(media.index, all)
  const named = [
    { ...index, annotations: { [refName]: tag } },
    ...manifests.map((manifest, at) => ({
      ...manifest,
      annotations: { [refName]: `${tag}-${images[at]?.platform.arch}` },
    })),
  ]
  await writeFile(join(dir, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  const entry = { schemaVersion: 2, mediaType: media.index, manifests: named }
  await writeFile(join(dir, 'index.json'), JSON.stringify(entry))
  return index.digest
}

async function putImage(
  { platform: { arch }, layers }: ImageFiles,
  { created, user, entrypoint, env, annotations }: ImageConfig,
  put: Put,
): Promise<Descriptor> {
  const tars = layers.map(({ entries }) => writeTar(entries))
  const stored: Descriptor[] = []
  for (const tar of tars) stored.push(await put(media.layer, gzipSync(tar)))
  const platform = { architecture: arch, os: 'linux' }
  const config = await put(media.config, {
    ...{ created, ...platform },
    config: { User: user, Entrypoint: entrypoint, Env: env, WorkingDir: '/', Labels: annotations },
    rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
    history: layers.map(({ comment }) => ({ created, created_by: comment })),
  })
  const manifest = await put(media.manifest, {
    ...{ schemaVersion: 2, mediaType: media.manifest, config, layers: stored, annotations },
  })
  return { ...manifest, platform }
}
