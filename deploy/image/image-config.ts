import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { entrypoint, user } from './root-files.ts'

/** How the image is run, and its annotations. */
export type ImageConfig = {
  /** The tag of the index; the image of a platform has `TAG-ARCH`. */
  readonly tag: string
  /** RFC 3339. */
  readonly created: string
  readonly user: string
  readonly entrypoint: readonly string[]
  readonly env: readonly string[]
  /** Names of org.opencontainers.image (OCI image-spec, annotations) and their values. */
  readonly annotations: Readonly<Record<string, string>>
}

/** A fixed time, so that the image is the same whenever it is built. */
const epoch = '1970-01-01T00:00:00Z'

/** The configuration of the image of the checkout `root`; `created` and `revision` are written into it if given. */
export async function imageConfig(
  root: string,
  {
    created = epoch,
    revision,
  }: { readonly created?: string | undefined; readonly revision?: string | undefined } = {},
): Promise<ImageConfig> {
  const text = await readFile(join(root, 'package.json'), 'utf8')
  const { version = '', description, license } = JSON.parse(text) as Partial<Record<string, string>>
  const named = { title: 'kubedoh', description, version, licenses: license, revision, created }
  const annotations: Record<string, string> = {}
  for (const [key, value] of Object.entries(named))
    if (value !== undefined) annotations[`org.opencontainers.image.${key}`] = value
  return {
    ...{ tag: version, created, entrypoint, user: `${user}:${user}`, annotations },
    env: ['PATH=/usr/local/bin', 'NODE_ENV=production', 'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt'],
  }
}
