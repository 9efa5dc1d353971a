import { FLAG, RCODE } from '../../dns/code.ts'
import { type Message, readMessage } from '../../dns/message/read-message.ts'
import { fold } from '../../dns/name.ts'
import { QueryError } from '../errors.ts'

/** Messages that a server may send before the answer. A further one ends the query. */
const maxIgnored = 100

/** Finds the answer among the messages of one server. */
export type AnswerReader = {
  /** The answer; undefined if the message is not the answer. Throws QueryError ANSWER_INVALID after too many of these. */
  read(bytes: Uint8Array): Message | undefined
  /** Why the last message was not the answer; undefined before the first of these. */
  lastFault(): string | undefined
}

/** Creates a reader for the answer to `query`, a message with one question, from the server `host`. */
export function createAnswerReader(query: Uint8Array, host: string): AnswerReader {
  const asked = readMessage(query)
  if ('broken' in asked) throw new TypeError(asked.broken)
  let ignored = 0
  let fault: string | undefined
  return {
    read(bytes) {
      const answer = answerOrFault(bytes, asked)
      if (typeof answer !== 'string') return answer
      fault = answer
      if (++ignored > maxIgnored)
        throw new QueryError(
          'ANSWER_INVALID',
          `${host} sent ${ignored} messages that are not the answer; the last one: ${fault}`,
        )
      return undefined
    },
    lastFault: () => fault,
  }
}

/**
 * A message → itself if it answers the query (RFC 5452 §9.1: ID and question are equal), else the reason. A server that
 * could not read the query may leave the question out (RFC 1035 §4.1.1, FORMERR), with NOTIMP as well.
 */
function answerOrFault(bytes: Uint8Array, asked: Message): Message | string {
  const message = readMessage(bytes)
  if ('broken' in message) return `not a DNS message: ${message.broken}`
  if (message.id !== asked.id) return 'another ID'
  if ((message.flags & FLAG.reply) === 0) return 'not a reply'
  if ((message.flags & 0x7800) !== 0) return 'another opcode'
  const rcode = message.flags & 0xf
  const isUnread = rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP
  if (message.questions.length === 0 && message.answers.length === 0 && isUnread) return message
  const [given, wanted] = [message.questions[0], asked.questions[0]]
  const isSame =
    message.questions.length === 1 &&
    given?.type === wanted?.type &&
    given?.class === wanted?.class &&
    fold(given?.name ?? '') === fold(wanted?.name ?? '')
  return isSame ? message : 'another question'
}
