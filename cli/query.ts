import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { askEndpoints, type Outcome } from '../client/ask-endpoints.ts'
import { digWordFault } from '../client/dig-words.ts'
import { type Endpoint, endpointsOf } from '../client/endpoints.ts'
import { contentLines, type Form, outcomeLines, sameAnswers } from '../client/print/outcome-text.ts'
import { type Asked, readQuestions, reverseQuestion } from '../client/questions.ts'
import { watchOutcomes } from '../client/watch-outcomes.ts'
import { type OptionTable, type OptionValues, UsageError } from './options/option-table.ts'
import { verb, type World } from './options/verb.ts'

const defaults = { url: 'https://127.0.0.1:8443/dns-query', timeoutMs: 5_000 }

const options = {
  url: {
    kind: 'list',
    value: 'URL',
    byDefault: defaults.url,
    help: 'the DoH endpoint; repeatable, to compare the answers of several',
  },
  server: {
    kind: 'list',
    value: 'HOST:PORT',
    help: 'ask this DNS server instead of the default endpoint, over UDP, and over TCP where the answer is truncated; the port can be left out; repeatable, also together with --url',
  },
  tcp: { kind: 'flag', help: 'ask --server over TCP only' },
  tls: { kind: 'flag', help: 'ask --server over TLS (DoT, port 853 unless given)' },
  'tls-host': {
    kind: 'text',
    value: 'NAME',
    help: 'with --tls: the server name to send, and to require in the certificate, instead of the host of --server; its first label can be a token',
  },
  reverse: {
    kind: 'list',
    short: 'x',
    value: 'ADDRESS',
    help: 'ask for the names of an IPv4 or IPv6 address (PTR); repeatable',
  },
  short: {
    kind: 'flag',
    help: "print only the data of the answer's records, one per line; same as `+short`",
  },
  json: {
    kind: 'flag',
    help: 'print one line of JSON per answer, with the fields described in docs/json.md',
  },
  watch: {
    kind: 'text',
    value: 'SECONDS',
    help: 'ask again after this many seconds, or with `ttl` after the TTL of the answer, and print an answer only when it has changed, with the time; SIGINT ends it',
  },
  ca: { kind: 'text', value: 'FILE', help: "PEM certificates to trust instead of the system's" },
  get: { kind: 'flag', help: 'ask a DoH endpoint by GET instead of POST' },
  'no-edns': { kind: 'flag', help: 'send no OPT record' },
  'timeout-ms': {
    kind: 'number',
    value: 'MS',
    byDefault: String(defaults.timeoutMs),
    help: 'how long to wait for each answer',
  },
} as const satisfies OptionTable

/** kubedoh query: ask a DoH endpoint, print the answer as dig would. */
export default verb({
  name: 'query',
  summary: 'Ask a DoH endpoint or a DNS server and print the answer as dig would',
  usage: 'NAME [TYPE...] [NAME [TYPE...]]... [+short] [options]',
  options,
  notes: [
    'TYPE is a mnemonic such as AAAA, SRV or HTTPS, or a number (default: A). Several types and names are asked one after the other.',
    'Data is printed as dig prints it: NULL records, types without a mnemonic, and data that is not valid for its type are in the generic form of RFC 3597, `\\# LENGTH HEX`.',
    'Several endpoints are asked at once. If their answers are the same apart from order, TTL and age, the answer is printed once; otherwise the differences are. With --short only the data is compared. With --json each line then has `same` and `answers`, and for each different answer its `servers` and its `message`.',
    'Exit codes: 0 when every question got a DNS answer with any rcode (NXDOMAIN and SERVFAIL included); 1 when a question got none, or different ones from several endpoints; 2 for a wrong option, name or type. With --watch it is 0 after SIGINT or SIGTERM.',
  ],
  async run(values, words, world) {
    const { short, questions } = readWords(words, values.reverse)
    const isShort = values.short || short
    if (isShort && values.json) throw new UsageError('--short and --json exclude each other')
    const form = isShort ? 'short' : values.json ? 'json' : 'dig'
    const inquiry = { endpoints: readEndpoints(values), questions, form } as const
    const everySeconds = readWatch(values.watch)
    return everySeconds === undefined ? askOnce(inquiry, world) : watch(inquiry, everySeconds, world)
  },
})

type Inquiry = {
  readonly endpoints: readonly Endpoint[]
  readonly questions: readonly Asked[]
  readonly form: Form
}

/** Asks each question once and prints the answers → exit code. Throws the QueryError of a single question and endpoint. */
async function askOnce({ endpoints, questions, form }: Inquiry, { print, tell }: World): Promise<0 | 1> {
  let code: 0 | 1 = 0
  for (const [index, question] of questions.entries()) {
    const { answers, failures } = await askEndpoints(endpoints, question)
    const isAlone = questions.length === 1 && endpoints.length === 1
    if (isAlone && failures[0]) throw failures[0]
    for (const failure of failures)
      tell(`kubedoh query: ${question.name} ${question.type}: ${failure.message}`)
    const groups = sameAnswers(answers, form)
    if (failures.length > 0 || groups.length > 1) code = 1
    if (index > 0 && groups.length > 0 && form === 'dig') print('')
    for (const line of outcomeLines(question, groups, form, endpoints.length > 1)) print(line)
  }
  return code
}

/** Asks all questions again and again, and prints the answers that changed, until the signal → exit code. */
async function watch(
  { endpoints, questions, form }: Inquiry,
  everySeconds: number | 'ttl',
  { print, tell, signal }: World,
): Promise<0> {
  const watchOne = (question: Asked): Promise<void> =>
    watchOutcomes({
      ask: () => askEndpoints(endpoints, question),
      contentOf: ({ answers, failures }) =>
        JSON.stringify([
          answers.map((answer) => contentLines(answer, form)),
          failures.map(({ code, message }) => [code, message]),
        ]),
      onChange: ({ answers, failures }: Outcome) => {
        const time = new Date().toISOString()
        for (const { message } of failures)
          tell(`kubedoh query: ${time} ${question.name} ${question.type}: ${message}`)
        const lines = outcomeLines(question, sameAnswers(answers, form), form, endpoints.length > 1, time)
        for (const line of lines) print(line)
      },
      everySeconds: everySeconds === 'ttl' ? undefined : everySeconds,
      sleep,
      signal,
    })
  const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  await Promise.race([Promise.all(questions.map(watchOne)), ended])
  return 0
}

/** The value of --watch. Throws UsageError. */
function readWatch(text: string | undefined): number | 'ttl' | undefined {
  if (text === undefined || text === 'ttl') return text
  const seconds = Number(text)
  if (/^[0-9]{1,6}$/.test(text) && seconds > 0) return seconds
  throw new UsageError(`--watch is "${text}", it must be a number of seconds from 1, or ttl`)
}

/** The servers to ask. Throws UsageError for options that exclude or need each other, and QueryError OPTION_*. */
function readEndpoints(values: OptionValues<typeof options>): Endpoint[] {
  const { url: urls, server: servers, tcp, tls, get } = values
  if (tcp && tls) throw new UsageError('--tcp and --tls exclude each other')
  if (servers.length === 0 && (tcp || tls))
    throw new UsageError(`--${tcp ? 'tcp' : 'tls'} needs --server HOST:PORT`)
  if (!tls && values['tls-host'] !== undefined) throw new UsageError('--tls-host needs --tls')
  const isDefault = urls.length === 0 && servers.length === 0
  if (get && urls.length === 0 && !isDefault)
    throw new UsageError('--get is for a DoH endpoint, it needs --url')
  return endpointsOf({
    urls: isDefault ? [defaults.url] : urls,
    servers,
    transport: tls ? 'tls' : tcp ? 'tcp' : 'udp',
    tlsHost: values['tls-host'],
    method: get ? 'GET' : 'POST',
    caFile: values.ca,
    edns: !values['no-edns'],
    timeoutMs: values['timeout-ms'] ?? defaults.timeoutMs,
    now: Date.now,
    randomId: () => randomInt(0x10000),
  })
}

/** The words of the command line and the addresses of -x → the questions. Throws UsageError and QueryError. */
function readWords(
  words: readonly string[],
  addresses: readonly string[],
): { readonly short: boolean; readonly questions: readonly Asked[] } {
  for (const word of words) {
    const fault = digWordFault(word)
    if (fault !== undefined) throw new UsageError(fault)
  }
  const names = words.filter((word) => word !== '+short')
  const questions = [...addresses.map(reverseQuestion), ...readQuestions(names)]
  if (questions.length === 0) throw new UsageError('query needs NAME or -x ADDRESS')
  return { short: names.length < words.length, questions }
}
