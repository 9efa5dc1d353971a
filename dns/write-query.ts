import { CLASS, TYPE } from './code.ts'
import { udpPayloadBytes } from './limits.ts'
import type { Question } from './read-query.ts'
import { startMessage } from './writer.ts'

/** A padded query is a multiple of this. RFC 8467 §4.1. */
const paddingBlockBytes = 128

const recursionDesired = 0x0100
const checkingDisabled = 0x0010
const doBit = 0x8000
const paddingOption = 12
const optionHeadBytes = 4

/** What a query asks for beside its question. */
export type AskFlags = { readonly dnssecOk: boolean; readonly checkingDisabled: boolean }

/**
 * A question → the query that puts it to another server: id 0 (RFC 8484 §4.1), RD, and OPT with padding as its
 * only option, so that nothing of the client but the question goes on.
 */
export function writeAsk(question: Question, flags: AskFlags): Uint8Array {
  const writer = startMessage()
  writer.u16(0)
  writer.u16(recursionDesired | (flags.checkingDisabled ? checkingDisabled : 0))
  for (const count of [1, 0, 0, 1]) writer.u16(count)
  writer.plainName(question.asked)
  writer.u16(question.type)
  writer.u16(CLASS.IN)
  writer.u8(0)
  writer.u16(TYPE.OPT)
  writer.u16(udpPayloadBytes)
  writer.u16(0)
  writer.u16(flags.dnssecOk ? doBit : 0)
  const bare = writer.length() + 2 + optionHeadBytes
  const padding = Math.ceil(bare / paddingBlockBytes) * paddingBlockBytes - bare
  writer.u16(optionHeadBytes + padding)
  writer.u16(paddingOption)
  writer.u16(padding)
  writer.bytes(new Uint8Array(padding))
  return writer.finish()
}
