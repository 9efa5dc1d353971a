import { u16 } from '../uint.ts'
import { base64Text, type Cursor, type Field, hexText, rest, take } from './rdata-cursor.ts'
import { address, name } from './rdata-fields.ts'

/** Gateways by their type: none, an IPv4 address, an IPv6 address, a domain name (RFC 4025 §2.3). */
const gateways: readonly Field[] = [() => '.', address(4), address(16), name]

/** All fields of an IPSECKEY record; the key may be absent (RFC 4025 §2, §3.1). */
export const ipsecKey: Field = (cursor) => {
  const [precedence, gatewayType = 0, algorithm] = take(cursor, 3) ?? []
  const gateway = gateways[gatewayType]?.(cursor)
  if (algorithm === undefined || gateway === undefined) return undefined
  const key = base64Text(rest(cursor))
  return [precedence, gatewayType, algorithm, gateway, ...(key === '' ? [] : [key])].join(' ')
}

/** All fields of a HIP record: algorithm, host identity tag, public key, rendezvous servers (RFC 8005 §5, §6). */
export const hostIdentity: Field = (cursor) => {
  const head = take(cursor, 4)
  const tag = head && take(cursor, head[0] ?? 0)
  const key = head && take(cursor, u16(head, 2))
  if (!head || !tag || !key || tag.length === 0 || key.length === 0) return undefined
  const servers = names(cursor)
  return servers && [String(head[1]), hexText(tag), base64Text(key), ...servers].join(' ')
}

function names(cursor: Cursor): string[] | undefined {
  const texts: string[] = []
  while (cursor.at < cursor.end) {
    const text = name(cursor)
    if (text === undefined) return undefined
    texts.push(text)
  }
  return texts
}
