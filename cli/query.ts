import { randomInt } from 'node:crypto'
import type { Answer } from '../client/answer.ts'
import { digText, shortText } from '../client/dig-format.ts'
import { digWordFault } from '../client/dig-words.ts'
import { type Endpoint, endpointsOf } from '../client/endpoints.ts'
import { QueryError } from '../client/errors.ts'
import { type Asked, readQuestions, reverseQuestion } from '../client/questions.ts'
import { messageJson } from '../dns/text/message-json.ts'
import { type OptionTable, type OptionValues, UsageError } from './options/option-table.ts'
import { verb } from './options/verb.ts'

const defaults = { url: 'https://127.0.0.1:8443/dns-query', timeoutMs: 5_000 }

const options = {
  url: { kind: 'text', value: 'URL', byDefault: defaults.url, help: 'the DoH endpoint' },
  server: {
    kind: 'text',
    value: 'HOST:PORT',
    help: 'ask this DNS server instead of a DoH endpoint, over UDP, and over TCP where the answer is truncated; the port can be left out',
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
    'Exit codes: 0 when every question got a DNS answer with any rcode (NXDOMAIN and SERVFAIL included); 1 when a question got none; 2 for a wrong option, name or type.',
  ],
  async run(values, words, { print, tell }) {
    const { short, questions } = readWords(words, values.reverse)
    const isShort = values.short || short
    if (isShort && values.json) throw new UsageError('--short and --json exclude each other')
    const endpoint = readEndpoint(values)
    const linesOf = (answer: Answer): string[] => {
      if (isShort) return shortText(answer)
      return [values.json ? JSON.stringify(messageJson(answer.message)) : digText(answer)]
    }
    let code = 0
    for (const [index, question] of questions.entries()) {
      try {
        const lines = linesOf(await endpoint.ask(question))
        if (index > 0 && !isShort && !values.json) print('')
        for (const line of lines) print(line)
      } catch (error) {
        if (questions.length === 1 || !isUnanswered(error)) throw error
        tell(`kubedoh query: ${question.name} ${question.type}: ${error.message}`)
        code = 1
      }
    }
    return code
  },
})

/** The server to ask. Throws UsageError for options that exclude or need each other, and QueryError OPTION_*. */
function readEndpoint(values: OptionValues<typeof options>): Endpoint {
  const { url, server, tcp, tls, get } = values
  if (url !== undefined && server !== undefined) throw new UsageError('--url and --server exclude each other')
  if (tcp && tls) throw new UsageError('--tcp and --tls exclude each other')
  if (server === undefined && (tcp || tls))
    throw new UsageError(`--${tcp ? 'tcp' : 'tls'} needs --server HOST:PORT`)
  if (!tls && values['tls-host'] !== undefined) throw new UsageError('--tls-host needs --tls')
  if (server !== undefined && get) throw new UsageError('--get is for a DoH endpoint, it needs --url')
  const [endpoint] = endpointsOf({
    urls: server === undefined ? [url ?? defaults.url] : [],
    servers: server === undefined ? [] : [server],
    transport: tls ? 'tls' : tcp ? 'tcp' : 'udp',
    tlsHost: values['tls-host'],
    method: get ? 'GET' : 'POST',
    caFile: values.ca,
    edns: !values['no-edns'],
    timeoutMs: values['timeout-ms'] ?? defaults.timeoutMs,
    now: Date.now,
    randomId: () => randomInt(0x10000),
  })
  if (endpoint === undefined) throw new UsageError('query needs --url or --server')
  return endpoint
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

/** Did the question get no answer, for a reason that the next question may not share? */
function isUnanswered(error: unknown): error is QueryError {
  return error instanceof QueryError && !error.code.startsWith('OPTION_')
}
