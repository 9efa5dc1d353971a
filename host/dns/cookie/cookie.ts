import type { AddressBytes } from '../../../dns/address.ts'
import { clientCookieBytes, optionHeadBytes } from '../../../dns/message/edns.ts'
import { pooledBytes } from '../../../dns/pool.ts'
import { u32 } from '../../../dns/uint.ts'
import { type SipKey, sipHash, sipKey } from './siphash.ts'

/** A client's cookie, judged. */
export type JudgedCookie = {
  /** True if this server, or another one with the same secret, has given the server cookie to this address. */
  readonly isValid: boolean
  /** The data of the COOKIE option of the answer: the client's cookie and a server cookie. */
  readonly reply: Uint8Array
}

/** DNS cookies of one server (RFC 7873, RFC 9018). */
export type Cookies = {
  /**
   * Judges the data of a query's COOKIE option, of 8 or 16 to 40 bytes, from an address. A server cookie that is not
   * valid counts as none: its client gets an answer and a new cookie, and never BADCOOKIE, so that servers behind one
   * address need not share a secret.
   */
  judge(cookie: Uint8Array, client: AddressBytes, nowMs: number): JudgedCookie
  /** Uses other secrets from now on. */
  replace(secrets: CookieSecrets): void
}

/** One or two secrets of 16 bytes: the first makes cookies, both verify them (RFC 9018 §5). */
export type CookieSecrets = readonly [Uint8Array] | readonly [Uint8Array, Uint8Array]

/** Version 1: SipHash-2-4 over client cookie, version, reserved bytes, timestamp and client address (RFC 9018 §4). */
const version = 1

/** Ages of a server cookie (s): accepted from the future, renewed, accepted (RFC 9018 §4.3). */
const ages = { future: -300, renewed: 1_800, oldest: 3_600 }

/** Bytes of a server cookie as RFC 9018 §4 makes it. */
const serverCookieBytes = 16

/** Bytes of the COOKIE option in an answer. */
export const cookieOptionBytes = optionHeadBytes + clientCookieBytes + serverCookieBytes

const hashAt = clientCookieBytes + 8
const wholeBytes = clientCookieBytes + serverCookieBytes

// What is hashed, for IPv4 and IPv6, and the hash. Shared by all calls, since a cookie is judged without awaiting.
const inputs = { 4: new Uint8Array(hashAt + 4), 16: new Uint8Array(hashAt + 16) }
const expected = new Uint8Array(8)

/** Cookies with the given secrets. Throws RangeError unless each has 16 bytes. */
export function createCookies(secrets: CookieSecrets): Cookies {
  let keys = secrets.map(sipKey)
  return {
    judge(cookie, client, nowMs) {
      const now = Math.floor(nowMs / 1000)
      const madeWith = cookie.length === wholeBytes ? keyOf(keys, cookie, client, now) : -1
      // Serial number arithmetic, as the timestamp has 32 bits (RFC 1982).
      const age = (now - u32(cookie, clientCookieBytes + 4)) | 0
      if (madeWith === 0 && age <= ages.renewed) return { isValid: true, reply: cookie }
      return { isValid: madeWith >= 0, reply: makeCookie(keys[0] as SipKey, cookie, client, now) }
    },
    replace(others) {
      keys = others.map(sipKey)
    },
  }
}

/** The index of the key that made a whole cookie, or -1 if none did or if the cookie is too old. */
function keyOf(keys: readonly SipKey[], cookie: Uint8Array, client: AddressBytes, now: number): number {
  const age = (now - u32(cookie, clientCookieBytes + 4)) | 0
  if (cookie[clientCookieBytes] !== version || age < ages.future || age > ages.oldest) return -1
  return keys.findIndex((key) => {
    hash(key, cookie, client, expected, 0)
    let difference = 0
    for (let at = 0; at < 8; at++) difference |= (expected[at] ?? 0) ^ (cookie[hashAt + at] ?? 0)
    return difference === 0
  })
}

function makeCookie(key: SipKey, cookie: Uint8Array, client: AddressBytes, now: number): Uint8Array {
  const whole = pooledBytes(wholeBytes)
  whole.set(cookie.subarray(0, clientCookieBytes))
  whole[clientCookieBytes] = version
  for (let byte = 0; byte < 4; byte++) whole[clientCookieBytes + 4 + byte] = now >>> (24 - 8 * byte)
  hash(key, whole, client, whole, hashAt)
  return whole
}

/** Hashes the first 16 bytes of a cookie and the client's address. */
function hash(key: SipKey, cookie: Uint8Array, client: AddressBytes, to: Uint8Array, toOffset: number): void {
  const input = client.length === 4 ? inputs[4] : inputs[16]
  for (let at = 0; at < hashAt; at++) input[at] = cookie[at] ?? 0
  input.set(client, hashAt)
  sipHash(key, input, to, toOffset)
}
