import { join, resolve } from 'node:path'
import {
  type Certificate,
  developmentCertificate,
  readCertificate,
  unstoredCertificate,
} from '../../../host/tls/development-certificate.ts'
import { UsageError } from '../option-table.ts'
import { refuseExposedKey } from '../private-file.ts'
import { signingOptions } from '../signing-files.ts'
import { callerOptions } from './caller-options.ts'
import { dnsListenOptions } from './dns-listen-options.ts'
import { drainOption } from './drain-option.ts'
import { limitOptions } from './limit-options.ts'
import { plainDnsOptions } from './plain-dns-options.ts'

/** The format of log lines: text for people, or one JSON object for each line. */
export type LogFormat = 'text' | 'json'

export const serveDefaults = { listen: '127.0.0.1:8443', data: '.kubedoh' }

/** Options of every verb that serves. */
export const serveOptions = {
  listen: {
    kind: 'text',
    value: 'HOST:PORT',
    byDefault: serveDefaults.listen,
    help: 'address to listen on; port 0 uses a free port',
  },
  ...plainDnsOptions,
  ...dnsListenOptions,
  data: {
    kind: 'text',
    value: 'DIR',
    byDefault: serveDefaults.data,
    help: 'directory for database, keys and certificates; one process at a time can use it; none: `up` keeps everything in memory and writes no file',
  },
  'tls-cert': {
    kind: 'text',
    value: 'FILE',
    help: 'certificate chain (PEM), read again when it changes; by default a development certificate is issued',
  },
  'tls-key': {
    kind: 'text',
    value: 'FILE',
    help: 'private key (PEM) of --tls-cert, which other users cannot read',
  },
  'tls-host': {
    kind: 'list',
    value: 'NAME',
    help: 'add this name to the development certificate, which has localhost and 127.0.0.1',
  },
  ...signingOptions,
  plain: { kind: 'flag', help: 'serve HTTP without TLS, for use behind a proxy that terminates TLS' },
  ...drainOption,
  ...limitOptions,
  ...callerOptions,
  'log-format': {
    kind: 'text',
    value: 'FORMAT',
    byDefault: 'text',
    choices: ['text', 'json'],
    help: 'format of log lines on stderr: text or json',
  },
} as const

/** The server's certificate. */
export type Identity = {
  /** For HTTPS; undefined with --plain. */
  readonly tls: Certificate | undefined
  /** For DNS over TLS; undefined without --dot-listen. */
  readonly dot: Certificate | undefined
  /** The files of --tls-cert and --tls-key, if given. */
  readonly files: readonly string[]
  /** The CA that clients must trust; only with a development certificate in the data directory. */
  readonly caFile: string | undefined
  /** Whether clients cannot verify the certificate, because its CA is not stored. */
  readonly isUnstored: boolean
}

/** The value of --data that means memory. A directory of that name is `./none`. */
const inMemory = 'none'

/** A --data → the absolute path of the directory; undefined for `none`: everything stays in memory. */
export function dataDirectory(text: string = serveDefaults.data): string | undefined {
  return text === inMemory ? undefined : resolve(text)
}

/**
 * The hosts of the development certificate of a server that listens on these addresses: with `dotHost`, also the server
 * names of DNS over TLS, whose first label is a token.
 */
export function certificateHosts(
  addresses: readonly { readonly host: string }[],
  dotHost: string | undefined,
): readonly string[] {
  return [...addresses.map(({ host }) => host), ...(dotHost === undefined ? [] : [dotHost, `*.${dotHost}`])]
}

/**
 * Chooses the certificate by the options: none with --plain, --tls-cert, or a development certificate for `hosts`, in the
 * data directory if there is one. HTTPS and DNS over TLS have the same one. Throws UsageError, HostError CERTIFICATE_*.
 */
export async function identityOf(
  values: {
    readonly plain: boolean
    readonly 'dot-listen': readonly string[]
    readonly 'tls-cert': string | undefined
    readonly 'tls-key': string | undefined
    readonly 'tls-host': readonly string[]
  },
  dataDir: string | undefined,
  hosts: readonly string[],
): Promise<Identity> {
  const { 'tls-cert': certFile, 'tls-key': keyFile, plain } = values
  const hasDot = values['dot-listen'].length > 0
  const use = (tls: Certificate): Pick<Identity, 'tls' | 'dot' | 'files'> => ({
    tls: plain ? undefined : tls,
    dot: hasDot ? tls : undefined,
    files: certFile !== undefined && keyFile !== undefined ? [certFile, keyFile] : [],
  })
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new UsageError('--tls-cert and --tls-key must be given together')
  if (plain && hasDot && certFile === undefined)
    throw new UsageError(
      '--dot-listen needs a certificate, and --plain uses none: give --tls-cert and --tls-key, or leave out --plain',
    )
  if (plain && !hasDot && certFile !== undefined)
    throw new UsageError('--plain and --tls-cert cannot be used together without --dot-listen')
  if (plain && !hasDot)
    return { tls: undefined, dot: undefined, files: [], caFile: undefined, isUnstored: false }
  if (certFile !== undefined && keyFile !== undefined) {
    const tls = await readCertificate(certFile, keyFile)
    await refuseExposedKey(keyFile)
    return { ...use(tls), caFile: undefined, isUnstored: false }
  }
  const names = [...values['tls-host'], ...hosts]
  if (dataDir === undefined)
    return { ...use(await unstoredCertificate(names)), caFile: undefined, isUnstored: true }
  const { caFile, ...tls } = await developmentCertificate(join(dataDir, 'tls'), names)
  return { ...use(tls), caFile, isUnstored: false }
}

/** A --log-format. Throws UsageError. */
export function logFormat(text: string | undefined): LogFormat {
  if (text === undefined || text === 'text') return 'text'
  if (text === 'json') return 'json'
  throw new UsageError(`--log-format is "${text}", it must be text or json`)
}
