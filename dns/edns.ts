import { type ExtendedError, type Rcode, TYPE } from './code.ts'
import { maxMessageBytes, paddingBlockBytes, udpPayloadBytes } from './limits.ts'
import { u16 } from './uint.ts'
import type { Writer } from './writer.ts'

/** What a query's OPT record says that an answer depends on (RFC 6891 §6.1). */
export type Edns = {
  /** Only version 0 exists. */
  readonly version: number
  /** The DO bit, to be copied back (RFC 3225 §3). */
  readonly dnssecOk: boolean
  /** Did the client pad? Then, and only then, the answer is padded (RFC 7830 §4). */
  readonly padded: boolean
  /** Did the client forbid its network's address to be passed on, as Firefox does (RFC 7871 §7.1.2)? */
  readonly subnetHidden: boolean
}

const option = { clientSubnet: 8, padding: 12, extendedError: 15 } as const
const doBit = 0x8000
const emptyOptBytes = 11
const optionHeadBytes = 4

/**
 * The class-and-TTL fields and the rdata of an OPT record → what it asks for; undefined when its options do
 * not fill the rdata exactly. Unknown options and flags are passed over (RFC 6891 §6.1.2).
 */
export function readEdns(ttl: number, rdata: Uint8Array): Edns | undefined {
  let padded = false
  let subnetHidden = false
  let at = 0
  while (at + optionHeadBytes <= rdata.length) {
    const code = u16(rdata, at)
    const length = u16(rdata, at + 2)
    if (code === option.padding) padded = true
    // Behind the address family, the third byte of the option is the length of the prefix.
    if (code === option.clientSubnet && length >= 4 && rdata[at + 6] === 0) subnetHidden = true
    at += optionHeadBytes + length
  }
  if (at !== rdata.length) return undefined
  return { version: (ttl >>> 16) & 0xff, dnssecOk: (ttl & doBit) !== 0, padded, subnetHidden }
}

/** Bytes that writeOpt needs, padding left out. */
export function optBytes(edns: Edns | undefined, error: ExtendedError | undefined): number {
  if (!edns) return 0
  return emptyOptBytes + (error ? optionHeadBytes + 2 + new TextEncoder().encode(error.text).length : 0)
}

/**
 * Writes our OPT record as the message's last: the rcode's upper bits, version 0, the DO bit copied, the
 * extended error (RFC 8914 §2) and, for a client that padded, zero bytes up to a multiple of 468 (RFC 8467
 * §4.1) where a message can hold them.
 */
export function writeOpt(writer: Writer, edns: Edns, rcode: Rcode, error: ExtendedError | undefined): void {
  writer.u8(0)
  writer.u16(TYPE.OPT)
  writer.u16(udpPayloadBytes)
  writer.u8(rcode >> 4)
  writer.u8(0)
  writer.u16(edns.dnssecOk ? doBit : 0)
  const rdlengthAt = writer.length()
  writer.u16(0)
  if (error) {
    const text = new TextEncoder().encode(error.text)
    writer.u16(option.extendedError)
    writer.u16(2 + text.length)
    writer.u16(error.code)
    writer.bytes(text)
  }
  if (edns.padded) writePadding(writer)
  writer.patchU16(rdlengthAt, writer.length() - rdlengthAt - 2)
}

function writePadding(writer: Writer): void {
  const bare = writer.length() + optionHeadBytes
  const whole = Math.ceil(bare / paddingBlockBytes) * paddingBlockBytes
  if (whole > maxMessageBytes) return
  writer.u16(option.padding)
  writer.u16(whole - bare)
  writer.bytes(new Uint8Array(whole - bare))
}
