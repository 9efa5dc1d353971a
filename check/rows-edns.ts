import { dnssecOkFlag, OPTION, TYPE } from '../dns/code.ts'
import { paddingBlockBytes } from '../dns/limits.ts'
import { type Message, optOf } from '../dns/message/read-message.ts'
import { hasOpt, hasRcode, inMessage, isTurnedAway } from './expect.ts'
import { byPost, type Opt } from './query.ts'
import type { Complaint, Row } from './row.ts'
import { asKnown } from './rows-message.ts'

/** An option code that has no meaning (IANA: unassigned). */
const unknownOptionCode = 100
const unknownFlag = 0x0040
const clientCookie = [1, 2, 3, 4, 5, 6, 7, 8]

const unechoed = (message: Message): Complaint =>
  optOf(message)?.options.some(({ code }) => code === unknownOptionCode)
    ? 'the answer has the unknown option'
    : undefined
const flagless = (message: Message): Complaint =>
  ((optOf(message)?.flags ?? 0) & ~dnssecOkFlag) === 0 ? undefined : 'the answer has unknown EDNS flags set'
const doCopied = (message: Message): Complaint =>
  ((optOf(message)?.flags ?? 0) & dnssecOkFlag) !== 0
    ? undefined
    : 'DO is set in the query but clear in the answer'
const badVersion = (message: Message): Complaint =>
  hasRcode(message, 16) ?? hasOpt(message) ?? (message.answers.length > 0 ? 'there are answers' : undefined)

type Sent = readonly [
  id: string,
  title: string,
  rfc: string,
  opt: Opt,
  ...judges: ((message: Message) => Complaint)[],
]

const unknownOption = { code: unknownOptionCode, data: [1, 2, 3] }

/** Later versions, with flags and options (RFC 8906 §8.2). */
const versions: readonly Sent[] = [
  ['badvers', 'EDNS version 1 is BADVERS', 'RFC 6891 §6.1.3, RFC 8906 §8.2.2', {}],
  [
    'badvers-flags',
    'version 1 with an unknown flag is BADVERS',
    'RFC 8906 §8.2.5',
    { flags: unknownFlag },
    flagless,
  ],
  [
    'badvers-option',
    'version 1 with an unknown option is BADVERS',
    'RFC 8906 §8.2.6',
    { options: [unknownOption] },
    unechoed,
  ],
  ['badvers-do', 'version 1 with DO is BADVERS', 'RFC 8906 §8.2.9', { flags: dnssecOkFlag }],
]

/** Parts of OPT that version 0 allows and that do not change the answer. */
const carried: readonly Sent[] = [
  ['edns', 'a query with OPT is answered with OPT', 'RFC 6891 §6.1.1, RFC 8906 §8.2.1', {}],
  [
    'edns-option',
    'an unknown option is ignored and not echoed',
    'RFC 6891 §6.1.2, RFC 8906 §8.2.3',
    { options: [unknownOption] },
    unechoed,
  ],
  [
    'edns-flags',
    'unknown flags are ignored, and clear in the answer',
    'RFC 6891 §6.1.4, RFC 8906 §8.2.4',
    { flags: unknownFlag },
    flagless,
  ],
  ['edns-do', 'DO is copied', 'RFC 3225 §3, RFC 8906 §8.2.8', { flags: dnssecOkFlag }, doCopied],
  [
    'edns-options',
    'NSID, cookie, expire and client subnet together do not change the answer',
    'RFC 8906 §8.2.10',
    {
      options: [
        { code: OPTION.NSID, data: [] },
        { code: OPTION.COOKIE, data: clientCookie },
        { code: OPTION.EXPIRE, data: [] },
        { code: OPTION.CLIENT_SUBNET, data: [0, 1, 0, 0] },
      ],
    },
  ],
]

/** EDNS: RFC 6891, the probes of RFC 8906 §8.2, padding. */
export const ednsRows: readonly Row[] = [
  {
    id: 'no-edns',
    title: 'a query without OPT is answered without OPT',
    rfc: 'RFC 6891 §7',
    level: 'MUST',
    ask: ({ name }) => [byPost({ name })],
    judge: ([got]) =>
      inMessage(got, (message) => (optOf(message) ? 'the answer has an OPT record' : undefined)),
  },
  ...carried.map(
    ([id, title, rfc, opt, ...judges]): Row => ({
      id,
      title,
      rfc,
      level: 'MUST',
      ask: ({ name }) => [byPost({ name, opts: [opt] })],
      judge: ([got], facts) => inMessage(got, all(asKnown(facts), hasOpt, ...judges)),
    }),
  ),
  ...versions.map(
    ([id, title, rfc, opt, ...judges]): Row => ({
      id,
      title,
      rfc,
      level: 'MUST',
      ask: ({ name }) => [byPost({ name, opts: [{ ...opt, version: 1 }] })],
      judge: ([got]) => inMessage(got, all(badVersion, ...judges)),
    }),
  ),
  {
    id: 'opt-twice',
    title: 'two OPT records are FORMERR',
    rfc: 'RFC 6891 §6.1.1',
    level: 'MUST',
    ask: ({ name }) => [byPost({ name, opts: [{}, {}] })],
    judge: ([got]) => isTurnedAway(got, 1),
  },
  {
    id: 'opt-owner',
    title: 'an OPT record that is not at the root is FORMERR',
    rfc: 'RFC 6891 §6.1.2',
    level: 'SHOULD',
    ask: ({ name }) => [byPost({ name, opts: [{ owner: 'opt.example' }] })],
    judge: ([got]) => isTurnedAway(got, 1),
  },
  {
    id: 'udp-size',
    title: 'a UDP payload size of 512 does not truncate the answer',
    rfc: 'RFC 8484 §6, RFC 8906 §8.2.7',
    level: 'MUST',
    needs: 'name',
    ask: ({ name }) => [
      byPost({ name, opts: [{ udpBytes: 65_535, flags: dnssecOkFlag }] }),
      byPost({ name, opts: [{ udpBytes: 512, flags: dnssecOkFlag }] }),
    ],
    judge: ([large, small]) =>
      inMessage(large, (whole) =>
        inMessage(small, ({ flags, answers }) => {
          if ((flags & 0x0200) !== 0) return 'TC is set'
          return answers.length === whole.answers.length
            ? undefined
            : `${answers.length} records instead of ${whole.answers.length}`
        }),
      ),
  },
  {
    id: 'padding',
    title: 'a padded query gets an answer padded to a multiple of 468 bytes',
    rfc: 'RFC 7830 §4, RFC 8467 §4.1',
    level: 'SHOULD',
    ask: ({ name }) => [byPost({ name, opts: [padded] })],
    judge: ([got]) =>
      inMessage(got, (message) => {
        if (!paddingOf(message)) return 'the answer is not padded'
        const { length } = message.bytes
        return length % paddingBlockBytes.reply === 0 ? undefined : `the answer has ${length} bytes`
      }),
  },
  {
    id: 'padding-zero',
    title: 'the padding consists of zero bytes',
    rfc: 'RFC 7830 §3',
    level: 'SHOULD',
    ask: ({ name }) => [byPost({ name, opts: [padded] })],
    judge: ([got]) =>
      inMessage(got, (message) => {
        const padding = paddingOf(message)
        if (!padding) return { skip: 'the answer is not padded' }
        return padding.every((byte) => byte === 0) ? undefined : 'the padding has non-zero bytes'
      }),
  },
  {
    id: 'padding-unasked',
    title: 'the answer to a query without padding is not padded',
    rfc: 'RFC 7830 §4',
    level: 'advice',
    ask: ({ name }) => [byPost({ name, opts: [{}] })],
    judge: ([got]) => inMessage(got, (message) => (paddingOf(message) ? 'the answer is padded' : undefined)),
  },
  {
    id: 'cookie',
    title: 'a server cookie, if any, follows the client cookie',
    rfc: 'RFC 7873 §5.2',
    level: 'MUST',
    ask: ({ name }) => [byPost({ name, opts: [{ options: [{ code: OPTION.COOKIE, data: clientCookie }] }] })],
    judge: ([got]) =>
      inMessage(got, (message) => {
        const data = optOf(message)?.options.find(({ code }) => code === OPTION.COOKIE)?.data
        if (!data) return undefined
        const own = clientCookie.every((byte, at) => data[at] === byte)
        return own && data.length >= 16 && data.length <= 40
          ? undefined
          : 'the client cookie is different, or the length is not 16 to 40 bytes'
      }),
  },
  {
    id: 'opt-once',
    title: 'an answer has at most one OPT record, at the root',
    rfc: 'RFC 6891 §6.1.1',
    level: 'MUST',
    ask: ({ name }) => [byPost({ name, opts: [{}] })],
    judge: ([got]) =>
      inMessage(got, ({ answers, authority, additional }) => {
        const opts = additional.filter(({ type }) => type === TYPE.OPT)
        const elsewhere = [...answers, ...authority].some(({ type }) => type === TYPE.OPT)
        return opts.length <= 1 && !elsewhere && opts.every(({ owner }) => owner === '\0')
          ? undefined
          : 'OPT occurs twice, is not at the root, or is in another section'
      }),
  },
]

const padded: Opt = { options: [{ code: OPTION.PADDING, data: Array<number>(64).fill(0) }] }

function paddingOf(message: Message): Uint8Array | undefined {
  return optOf(message)?.options.find(({ code }) => code === OPTION.PADDING)?.data
}

function all(...judges: readonly ((message: Message) => Complaint)[]): (message: Message) => Complaint {
  return (message) => {
    for (const judge of judges) {
      const complaint = judge(message)
      if (complaint !== undefined) return complaint
    }
    return undefined
  }
}
