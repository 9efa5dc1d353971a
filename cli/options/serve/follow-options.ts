import type { SigningKey } from '../../../snapshot/key.ts'
import { readInputFile } from '../input-file.ts'
import { readKeyFile } from '../key-file.ts'
import { type OptionTable, type OptionValues, UsageError } from '../option-table.ts'

/** Options of an edge that follows another one. */
export const followOptions = {
  follow: {
    kind: 'text',
    value: 'URL',
    help: 'follow the self-hosted edge at this base URL: copy the snapshots of all clusters of --config from it, and answer on when it is away (docs/many-edges.md)',
  },
  'follow-key': {
    kind: 'text',
    value: 'FILE',
    help: 'private key from `kubedoh key new` whose public key the source lists under "followers" of each cluster',
  },
  'follow-ca': {
    kind: 'text',
    value: 'FILE',
    help: "CA certificates (PEM) to trust for --follow instead of the system's",
  },
} as const satisfies OptionTable

/** The edge to follow, as the options name it. */
export type FollowWish = {
  readonly url: string
  readonly key: SigningKey
  /** PEM text of the only authorities to trust; undefined: the system's. */
  readonly ca: string | undefined
}

/** The options → the edge to follow, if there is one; its URL is unchecked. Throws UsageError. */
export async function followWish(
  values: OptionValues<typeof followOptions>,
): Promise<FollowWish | undefined> {
  const { follow: url, 'follow-key': keyFile, 'follow-ca': caFile } = values
  if (url === undefined) {
    if (keyFile === undefined && caFile === undefined) return undefined
    throw new UsageError(`--follow-${keyFile === undefined ? 'ca' : 'key'} needs --follow URL`)
  }
  if (keyFile === undefined)
    throw new UsageError('--follow needs --follow-key FILE; `kubedoh key new --out FILE` makes one')
  const ca = caFile === undefined ? undefined : await readInputFile(caFile, '--follow-ca')
  return { url, key: await readKeyFile(keyFile), ca }
}
