import { dnssecOkFlag, type ExtendedError, OPTION, type Rcode, TYPE } from '../code.ts'
import { maxMessageBytes, paddingBlockBytes, udpPayloadBytes } from '../limits.ts'
import { u16 } from '../uint.ts'
import type { Writer } from '../writer.ts'

/** The parts of a query's OPT record that its answer depends on (RFC 6891 §6.1). */
export type Edns = {
  /** Only version 0 exists. */
  readonly version: number
  /** The DO bit, to be copied back (RFC 3225 §3). */
  readonly dnssecOk: boolean
  /** True if the client padded; only then the answer is padded (RFC 7830 §4). */
  readonly padded: boolean
  /** True if the client forbids forwarding its network's address, as Firefox does (RFC 7871 §7.1.2). */
  readonly subnetHidden: boolean
}

const emptyOptBytes = 11

/** Bytes of an option's code and length. */
export const optionHeadBytes = 4

/** RFC 7873 §4.1. */
export const clientCookieBytes = 8

/**
 * Whether a COOKIE option in a query may have this length: a client cookie of 8 bytes, alone or with a server cookie of
 * 8 to 32 bytes (RFC 7873 §4).
 */
export function isCookieLength(bytes: number): boolean {
  return bytes === clientCookieBytes || (bytes >= 16 && bytes <= 40)
}

/**
 * Reads the TTL field and the rdata of an OPT record; undefined when the options do not fill the rdata exactly, or when
 * a COOKIE option has an impossible length (FORMERR, RFC 7873 §5.2.2). Unknown options and flags are ignored (RFC 6891
 * §6.1.2).
 */
export function readEdns(ttl: number, rdata: Uint8Array): Edns | undefined {
  let padded = false
  let subnetHidden = false
  let at = 0
  while (at + optionHeadBytes <= rdata.length) {
    const code = u16(rdata, at)
    const length = u16(rdata, at + 2)
    if (code === OPTION.PADDING) padded = true
    if (code === OPTION.COOKIE && !isCookieLength(length)) return undefined
    // The third byte of the option, after the address family, is the length of the prefix.
    if (code === OPTION.CLIENT_SUBNET && length >= 4 && rdata[at + 6] === 0) subnetHidden = true
    at += optionHeadBytes + length
  }
  if (at !== rdata.length) return undefined
  return { version: (ttl >>> 16) & 0xff, dnssecOk: (ttl & dnssecOkFlag) !== 0, padded, subnetHidden }
}

/** The bytes that writeOpt needs, without padding. */
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
  const rdlengthAt = startOpt(writer, rcode, edns.dnssecOk)
  if (error) {
    const text = new TextEncoder().encode(error.text)
    writer.u16(OPTION.EXTENDED_ERROR)
    writer.u16(2 + text.length)
    writer.u16(error.code)
    writer.bytes(text)
  }
  if (edns.padded) writePadding(writer, paddingBlockBytes.reply)
  writer.patchU16(rdlengthAt, writer.length() - rdlengthAt - 2)
}

/**
 * Writes the OPT record of a query as the message's last: version 0, DO as given and, if `padded`, zero bytes up
 * to a multiple of 128 (RFC 8467 §4.1).
 */
export function writeQueryOpt(
  writer: Writer,
  { dnssecOk = false, padded = false }: { readonly dnssecOk?: boolean; readonly padded?: boolean },
): void {
  const rdlengthAt = startOpt(writer, 0, dnssecOk)
  if (padded) writePadding(writer, paddingBlockBytes.query)
  writer.patchU16(rdlengthAt, writer.length() - rdlengthAt - 2)
}

/** Writes an OPT record without options and returns the offset of its RDLENGTH. */
function startOpt(writer: Writer, rcode: number, dnssecOk: boolean): number {
  writer.u8(0)
  writer.u16(TYPE.OPT)
  writer.u16(udpPayloadBytes)
  writer.u8(rcode >> 4)
  writer.u8(0)
  writer.u16(dnssecOk ? dnssecOkFlag : 0)
  writer.u16(0)
  return writer.length() - 2
}

function writePadding(writer: Writer, blockBytes: number): void {
  const padding = paddingFor(writer.length(), blockBytes)
  if (!padding) return
  writer.u16(OPTION.PADDING)
  writer.u16(padding.length)
  writer.bytes(padding)
}

/**
 * The zero bytes of a padding option that extends a message of `messageBytes` to a multiple of `blockBytes`, the option's
 * head included; undefined if the message would have more than 65,535 bytes.
 */
export function paddingFor(messageBytes: number, blockBytes: number): Uint8Array | undefined {
  const bare = messageBytes + optionHeadBytes
  const whole = Math.ceil(bare / blockBytes) * blockBytes
  return whole > maxMessageBytes ? undefined : new Uint8Array(whole - bare)
}
