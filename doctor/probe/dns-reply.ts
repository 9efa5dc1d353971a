import { OPTION } from '../../dns/code.ts'
import { type Message, optOf, type ReadRecord, rcodeOf } from '../../dns/message/read-message.ts'
import { fold, type Name, nameToText } from '../../dns/name.ts'
import { rcodeText, typeText } from '../../dns/text/mnemonic.ts'
import { rdataText } from '../../dns/text/rdata-text.ts'
import { u16 } from '../../dns/uint.ts'
import type { DnsReply } from '../ports.ts'

/** A message → the parts that checks look at. */
export function replyOf(message: Message): DnsReply {
  const records = message.answers.map((record) => ({
    owner: bareName(record.owner),
    type: typeText(record.type),
    data: dataText(message.bytes, record),
  }))
  return { rcode: rcodeText(rcodeOf(message)), records, error: extendedErrorOf(message) }
}

function bareName(name: Name): string {
  return nameToText(fold(name)).replace(/(?<=.)\.$/, '')
}

function dataText(bytes: Uint8Array, record: ReadRecord): string {
  const text = rdataText(bytes, record)
  const isName = ['CNAME', 'PTR', 'NS'].includes(typeText(record.type))
  return isName ? text.toLowerCase().replace(/(?<=.)\.$/, '') : text
}

function extendedErrorOf(message: Message): DnsReply['error'] {
  const data = optOf(message)?.options.find(({ code }) => code === OPTION.EXTENDED_ERROR)?.data
  if (!data || data.length < 2) return undefined
  return { code: u16(data, 0), text: new TextDecoder().decode(data.subarray(2)) }
}
