import { formatAddress } from '../../dns/address.ts'
import { RCODE, TYPE } from '../../dns/code.ts'
import { type Message, rcodeOf } from '../../dns/message/read-message.ts'
import { writeQuery } from '../../dns/message/write-query.ts'
import { isNameText, nameFromText } from '../../dns/name.ts'
import type { Forward } from './forward.ts'
import { hostsAddresses } from './hosts-file.ts'
import { addressBytes } from './resolver.ts'

/** Why a host has no address: it does not exist or has none; no resolver answered; there is no resolver. */
export type LookUpErrorCode = 'HOST_UNKNOWN' | 'RESOLVERS_SILENT' | 'NO_RESOLVER'

/** A host that could not be looked up: branch on `code`, show `message`. */
export class LookUpError extends Error {
  override readonly name = 'LookUpError'
  readonly code: LookUpErrorCode

  constructor(code: LookUpErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** The addresses of a host. */
export type HostAddresses = {
  /** IPv4 before IPv6; not empty. */
  readonly addresses: readonly string[]
  /** How long they may be kept (seconds). */
  readonly ttlSeconds: number
}

/** Addresses that no server gave are looked up again after this time (seconds). */
const localTtlSeconds = 60

/**
 * Looks up a host without the system's resolver, which may ask this stub: an address as it is, localhost (RFC 6761 §6.3), the
 * hosts file, then A and AAAA at the resolvers. The name is absolute; no search list is applied. Throws LookUpError.
 */
export async function lookUpHost(
  hostname: string,
  {
    forward,
    readHosts,
  }: { readonly forward: Pick<Forward, 'ask' | 'resolvers'>; readonly readHosts: () => Promise<string> },
): Promise<HostAddresses> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  const local = addressBytes(host) ? [host] : await localAddresses(host, readHosts)
  if (local.length > 0) return { addresses: local, ttlSeconds: localTtlSeconds }
  if (forward.resolvers().length === 0)
    throw new LookUpError(
      'NO_RESOLVER',
      `no resolver is known that could look up ${host}; name one with --resolver ADDRESS`,
    )
  if (!isNameText(host)) throw new LookUpError('HOST_UNKNOWN', `"${host}" is not a host name`)
  const name = nameFromText(host)
  const answers = await Promise.all(
    [TYPE.A, TYPE.AAAA].map((type) => forward.ask(writeQuery(name, type, { edns: {} }))),
  )
  return addressesIn(answers, host)
}

async function localAddresses(host: string, readHosts: () => Promise<string>): Promise<readonly string[]> {
  if (/(^|\.)localhost$/i.test(host)) return ['127.0.0.1', '::1']
  return hostsAddresses(await readHosts(), host)
}

function addressesIn(answers: readonly (Message | undefined)[], host: string): HostAddresses {
  const found = answers.filter((answer) => answer !== undefined)
  const records = found.flatMap(({ bytes, answers: given }) =>
    given
      .filter(
        ({ type, start, end }) =>
          (type === TYPE.A && end - start === 4) || (type === TYPE.AAAA && end - start === 16),
      )
      .map(({ start, end, ttl }) => ({ address: formatAddress(bytes.slice(start, end)), ttl })),
  )
  if (records.length > 0) {
    const ttlSeconds = records.reduce((least, { ttl }) => Math.min(least, ttl), 3_600)
    return { addresses: records.map(({ address }) => address), ttlSeconds }
  }
  const isDenied = found.some((answer) => [RCODE.NXDOMAIN, RCODE.NOERROR].includes(rcodeOf(answer) as 0 | 3))
  if (isDenied) throw new LookUpError('HOST_UNKNOWN', `the host ${host} has no address`)
  throw new LookUpError('RESOLVERS_SILENT', `no resolver answered for the host ${host}`)
}
