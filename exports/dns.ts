/* `kubedoh/dns`: names, messages and records of the DNS protocol. Runs on every runtime with the Web APIs. */
export { canonicalAddress, formatAddress, parseAddress } from '../dns/address.ts'
export { CLASS, EDE, FLAG, OPTION, RCODE, type Rcode, TYPE } from '../dns/code.ts'
export {
  type BrokenMessage,
  type Message,
  type Opt,
  optOf,
  type ReadRecord,
  rcodeOf,
  readMessage,
} from '../dns/message/read-message.ts'
export { isRefusal, type Query, type QueryRefusal, readQuery } from '../dns/message/read-query.ts'
export { type Response, readResponse } from '../dns/message/read-response.ts'
export { type QueryFlags, writeQuery } from '../dns/message/write-query.ts'
export { type Reply, writeReply } from '../dns/message/write-reply.ts'
export { isNameText, labelsOf, type Name, nameFromText, nameToText } from '../dns/name.ts'
export type { OpaqueRrset, RecordType, Rrset, Soa, Srv, Svcb } from '../dns/record.ts'
export { parseReverseName, reverseName, reverseNameOf } from '../dns/reverse.ts'
export { messageJson } from '../dns/text/message-json.ts'
export { classText, rcodeText, typeFromText, typeText } from '../dns/text/mnemonic.ts'
export { rdataText } from '../dns/text/rdata-text.ts'
