import { TYPE } from '../dns/code.ts'
import { type Message, rcodeOf } from '../dns/message/read-message.ts'
import { nameFromText } from '../dns/name.ts'
import { everyMessage, hasRcode, inMessage, isTurnedAway, messageOf } from './expect.ts'
import { byGet, byPost, probeBytes } from './query.ts'
import type { Complaint, Facts, Row } from './row.ts'

const flag = { reply: 0x8000, desired: 0x0100, reserved: 0x0040, authentic: 0x0020, checkingDisabled: 0x0010 }

/** Expects the rcode of the same question in a plain query; accepts any message where no name is known. */
export function asKnown({ known }: Facts): (message: Message) => Complaint {
  return (message) => (known ? hasRcode(message, rcodeOf(known)) : undefined)
}

/** A query whose question is broken in these bytes. */
function brokenQuestion(name: readonly number[]): Uint8Array {
  return Uint8Array.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1])
}

/** A name in mixed case, which resolvers send as a protection against forgery. */
function mixed(name: string): string {
  return Array.from(name, (letter, at) => (at % 2 === 0 ? letter.toUpperCase() : letter)).join('')
}

/** Header and question: RFC 1035, RFC 9619, and the probes of RFC 8906 §8.1. */
export const messageRows: readonly Row[] = [
  {
    id: 'id',
    title: 'the ID of the query is copied, also 0',
    rfc: 'RFC 1035 §4.1.1',
    level: 'MUST',
    ask: ({ name }) => [byGet({ name, id: 0 }), byPost({ name, id: 0xbeef })],
    judge: ([zero, other]) =>
      inMessage(zero, ({ id }) => (id === 0 ? undefined : `the ID is ${id}, expected 0`)) ??
      inMessage(other, ({ id }) => (id === 0xbeef ? undefined : `the ID is ${id}, expected 48879`)),
  },
  {
    id: 'question',
    title: 'the question is copied, including the case of its letters',
    rfc: 'RFC 1035 §4.1.2',
    level: 'SHOULD',
    ask: ({ name = 'example.com' }) => [byPost({ name: mixed(name) })],
    judge: ([got], { name = 'example.com' }) =>
      inMessage(got, ({ questions: [question, ...more] }) => {
        if (!question || more.length > 0) return 'the answer does not have one question'
        return question.name === nameFromText(mixed(name)) && question.type === TYPE.A
          ? undefined
          : 'the question is not the one that was sent'
      }),
  },
  {
    id: 'reply',
    title: 'the answer has QR=1, opcode 0 and no bytes after its end',
    rfc: 'RFC 1035 §4.1.1',
    level: 'MUST',
    ask: ({ name }) => [byPost({ name })],
    judge: ([got]) =>
      inMessage(got, ({ flags }) =>
        (flags & (flag.reply | 0x7800)) === flag.reply ? undefined : 'QR is 0, or the opcode is not 0',
      ),
  },
  {
    id: 'rd',
    title: 'RD is copied, whether set or clear',
    rfc: 'RFC 1035 §4.1.1, RFC 8906 §8.1.3.4',
    level: 'MUST',
    ask: ({ name }) => [byPost({ name, flags: flag.desired }), byPost({ name, flags: 0 })],
    judge: ([set, clear]) =>
      inMessage(set, ({ flags }) =>
        (flags & flag.desired) !== 0 ? undefined : 'RD is set in the query but clear in the answer',
      ) ??
      inMessage(clear, ({ flags }) =>
        (flags & flag.desired) === 0 ? undefined : 'RD is clear in the query but set in the answer',
      ),
  },
  {
    id: 'cd',
    title: 'CD=1 is copied and does not change the answer',
    rfc: 'RFC 4035 §3.2.2, RFC 8906 §8.1.3.1',
    level: 'SHOULD',
    ask: ({ name }) => [byPost({ name, flags: flag.desired | flag.checkingDisabled })],
    judge: ([got], facts) =>
      inMessage(
        got,
        (message) =>
          asKnown(facts)(message) ??
          ((message.flags & flag.checkingDisabled) !== 0
            ? undefined
            : 'CD is set in the query but clear in the answer'),
      ),
  },
  {
    id: 'ad',
    title: 'AD=1 in a query does not change the answer',
    rfc: 'RFC 6840 §5.7, RFC 8906 §8.1.3.2',
    level: 'MUST',
    ask: ({ name }) => [byPost({ name, flags: flag.desired | flag.authentic })],
    judge: ([got], facts) => inMessage(got, asKnown(facts)),
  },
  {
    id: 'z',
    title: 'the reserved header bit is ignored, and clear in the answer',
    rfc: 'RFC 1035 §4.1.1, RFC 8906 §8.1.3.3',
    level: 'MUST',
    ask: ({ name }) => [byPost({ name, flags: flag.desired | flag.reserved })],
    judge: ([got], facts) =>
      inMessage(
        got,
        (message) =>
          asKnown(facts)(message) ??
          ((message.flags & flag.reserved) === 0 ? undefined : 'Z is set in the answer'),
      ),
  },
  {
    id: 'basic-soa',
    title: 'an SOA query without EDNS, AD and RD is answered',
    rfc: 'RFC 8906 §8.1.1',
    level: 'MUST',
    needs: 'name',
    ask: ({ name }) => [byPost({ name, type: TYPE.SOA, flags: 0 })],
    judge: ([got]) => inMessage(got, (message) => hasRcode(message, 0, 5)),
  },
  {
    id: 'type-unknown',
    title: 'an unknown type at an existing name is NOERROR without answers',
    rfc: 'RFC 8906 §8.1.2, RFC 3597 §2',
    level: 'MUST',
    needs: 'name',
    ask: ({ name }) => [byPost({ name, type: 1000 }), byPost({ name, type: 65_280 })],
    judge: (gots) =>
      everyMessage(
        gots,
        (message) =>
          hasRcode(message, 0) ??
          (message.answers.some(({ type }) => type !== TYPE.CNAME) ? 'there are answers' : undefined),
      ),
  },
  ...[3, 6, 15].map(
    (opcode): Row => ({
      id: `opcode-${opcode}`,
      title: `opcode ${opcode} is NOTIMP`,
      rfc: 'RFC 8906 §8.1.4',
      level: 'SHOULD',
      ask: () => [byPost(Uint8Array.of(0, 7, opcode << 3, 0, 0, 0, 0, 0, 0, 0, 0, 0))],
      judge: ([got]) => inMessage(got, (message) => hasRcode(message, 4)),
    }),
  ),
  {
    id: 'two-questions',
    title: 'two questions are FORMERR or 4xx',
    rfc: 'RFC 9619 §4',
    level: 'MUST',
    ask: ({ name }) => [byPost({ name, questions: 2 })],
    judge: ([got]) => isTurnedAway(got, 1),
  },
  {
    id: 'no-question',
    title: 'a query without a question gets no records and no SERVFAIL',
    rfc: 'RFC 9619 §4',
    level: 'SHOULD',
    ask: () => [byPost({ questions: 0 })],
    judge: ([got]) =>
      isTurnedAway(got, 0, 1, 4, 5) ??
      inEither(got, ({ answers }) => (answers.length > 0 ? 'there are answers' : undefined)),
  },
  {
    id: 'reply-as-query',
    title: 'a message with QR=1 is not answered like a query',
    rfc: 'RFC 1035 §4.1.1',
    level: 'SHOULD',
    ask: ({ name }) => [byPost({ name, flags: flag.reply | flag.desired })],
    judge: ([got]) => isTurnedAway(got, 1, 4, 5),
  },
  {
    id: 'trailing',
    title: 'bytes after the end of the query are FORMERR or 4xx',
    rfc: 'RFC 1035 §4.1',
    level: 'advice',
    ask: ({ name }) => [byPost({ name, trailing: 3 })],
    judge: ([got]) => isTurnedAway(got, 1),
  },
  ...(
    [
      ['truncated', 'a truncated question', probeBytes({}).subarray(0, -3)],
      ['label-overrun', 'a label that overruns the message', brokenQuestion([40, 97, 98])],
      ['pointer-loop', 'a name that points to itself', brokenQuestion([0xc0, 12])],
      ['label-type', 'a label of an unknown type', brokenQuestion([0x41, 97, 0])],
      [
        'name-too-long',
        'a name of more than 255 bytes',
        brokenQuestion([...Array.from({ length: 5 }, () => [60, ...Array<number>(60).fill(97)]).flat(), 0]),
      ],
      ['count-overrun', 'a header that counts missing records', counting(probeBytes({}))],
    ] as const
  ).map(
    ([id, title, bytes]): Row => ({
      id,
      title: `${title} is FORMERR or 4xx`,
      rfc: 'RFC 1035 §4.1.1, §4.1.4',
      level: 'SHOULD',
      ask: () => [byPost(bytes)],
      judge: ([got]) => isTurnedAway(got, 1),
    }),
  ),
  {
    id: 'transfer',
    title: 'a zone transfer is refused, since an exchange has only one message',
    rfc: 'RFC 8484 §4.2',
    level: 'SHOULD',
    ask: ({ name }) => [byPost({ name, type: 252 })],
    judge: ([got]) => isTurnedAway(got, 1, 2, 4, 5, 9),
  },
]

/** Judges a message where there is one. */
function inEither(got: Parameters<typeof messageOf>[0], judge: (message: Message) => Complaint): Complaint {
  const message = messageOf(got)
  return typeof message === 'string' ? undefined : judge(message)
}

function counting(query: Uint8Array): Uint8Array {
  const bytes = query.slice()
  bytes[11] = 3
  return bytes
}
