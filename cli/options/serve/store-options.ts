import type { NatsLogin, NatsPlace } from '../../../host/nats/place.ts'
import { readInputFile } from '../input-file.ts'
import { type OptionTable, type OptionValues, UsageError } from '../option-table.ts'
import { refuseExposedKey } from '../private-file.ts'

const defaultBucket = 'kubedoh'

/** Options of an edge whose snapshots are in a store that several edges share. */
export const storeOptions = {
  store: {
    kind: 'text',
    value: 'nats://HOST:PORT,…',
    help: 'keep the snapshots in a key-value store of these NATS servers, which several edges share, in place of --data; tls:// demands TLS (docs/many-edges.md)',
  },
  'store-bucket': {
    kind: 'text',
    value: 'NAME',
    byDefault: defaultBucket,
    help: 'the bucket of --store, which is created if it does not exist',
  },
  'store-replicas': {
    kind: 'number',
    value: 'N',
    help: 'copies of a bucket that is created, 1, 3 or 5; by default 3 if the NATS servers form a cluster, and 1 otherwise',
  },
  'store-login': {
    kind: 'text',
    value: 'FILE',
    help: 'who this edge is to --store: a credentials file of NATS, or one line with USER:PASSWORD or a token',
  },
  'store-ca': {
    kind: 'text',
    value: 'FILE',
    help: "CA certificates (PEM) to trust for --store with tls:// instead of the system's",
  },
} as const satisfies OptionTable

/** The port of NATS servers. */
const defaultPort = 4222

/** The options → the place of the store, if there is one. Throws UsageError. */
export async function storePlace(values: OptionValues<typeof storeOptions>): Promise<NatsPlace | undefined> {
  const { store, 'store-login': loginFile, 'store-ca': caFile } = values
  if (store === undefined) {
    const given = (['store-bucket', 'store-replicas', 'store-login', 'store-ca'] as const).find(
      (option) => values[option] !== undefined,
    )
    if (given !== undefined) throw new UsageError(`--${given} needs --store nats://HOST:PORT`)
    return undefined
  }
  const { servers, isTls } = serversOf(store)
  if (caFile !== undefined && !isTls) throw new UsageError('--store-ca needs --store tls://HOST:PORT')
  const ca = caFile === undefined ? undefined : await readInputFile(caFile, '--store-ca')
  return {
    servers,
    tls: isTls ? { ca } : undefined,
    login: loginFile === undefined ? undefined : await readLogin(loginFile),
    bucket: bucketOf(values['store-bucket']),
    replicas: replicasOf(values['store-replicas']),
  }
}

/** Addresses of servers, of which the first has the scheme. */
function serversOf(text: string): { readonly servers: readonly string[]; readonly isTls: boolean } {
  const [, scheme, list = ''] = /^(nats|tls):\/\/(.+)$/.exec(text) ?? []
  const servers = list.split(',').map(addressOf)
  const isWrong = scheme === undefined || servers.includes(undefined)
  // A password could be in it, so the text is not repeated.
  if (text.includes('@'))
    throw new UsageError(
      '--store must not have a user, a password or a token: give them in --store-login FILE',
    )
  if (isWrong)
    throw new UsageError(
      `--store is "${text}", it must be nats:// or tls:// with addresses HOST:PORT, separated by commas`,
    )
  return { servers: servers.filter((address) => address !== undefined), isTls: scheme === 'tls' }
}

/** An address with its port; undefined if it is none. */
function addressOf(text: string): string | undefined {
  const url = URL.parse(`tcp://${text}`)
  if (!url || url.hostname === '' || `${url.pathname}${url.search}${url.hash}` !== '') return undefined
  return `${url.hostname}:${url.port || defaultPort}`
}

function bucketOf(name: string = defaultBucket): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(name)) return name
  throw new UsageError(`--store-bucket is "${name}", it must have 1 to 64 letters, digits, - and _`)
}

function replicasOf(count: number | undefined): number | undefined {
  if (count === undefined || [1, 3, 5].includes(count)) return count
  throw new UsageError(`--store-replicas is ${count}, it must be 1, 3 or 5`)
}

/** Reads a login. Throws UsageError, which never has a part of a secret in its message. */
async function readLogin(file: string): Promise<NatsLogin> {
  const text = await readInputFile(file, `--store-login ${file}`)
  await refuseExposedKey(file, 'login')
  if (text.includes('BEGIN NATS USER JWT')) return { kind: 'credentials', text }
  const [line = '', ...more] = text.split('\n').filter((each) => each.trim() !== '')
  if (line === '' || more.length > 0)
    throw new UsageError(
      `--store-login ${file} is neither a credentials file of NATS nor one line with USER:PASSWORD or a token`,
    )
  const [user = '', ...rest] = line.trim().split(':')
  return rest.length === 0 ? { kind: 'token', token: user } : { kind: 'user', user, password: rest.join(':') }
}
