import { typeText } from '../../client/record-type.ts'
import { parseAddress } from '../../dns/address.ts'
import { RCODE, TYPE } from '../../dns/code.ts'
import { readQuery } from '../../dns/message/read-query.ts'
import { nameToText } from '../../dns/name.ts'
import { answerTo, startUpstream, type Upstream } from '../../worker/upstream/upstream.case.ts'
import { stubAnswer } from './upstream-stub.ts'

/** Starts the upstream resolver of the recorded answers on 127.0.0.1 (RFC 8484). */
export async function startStub(): Promise<Upstream> {
  const server = await startUpstream()
  server.say = (query) => {
    const read = readQuery(query)
    if (!('question' in read) || !read.question) return { status: 400 }
    const said = stubAnswer(nameToText(read.question.asked), typeText(read.question.type))
    if (said === 'unreachable') return { status: 502, type: 'text/plain' }
    const lines = said.answer.map(
      ({ ttl, rdata }) => [undefined, TYPE.A, ttl, [...(parseAddress(rdata) ?? [])]] as const,
    )
    return answerTo(query, lines, { rcode: RCODE[said.rcode as keyof typeof RCODE] })
  }
  return server
}
