import { digText, shortText } from '../client/dig-format.ts'
import { askDoh, type DohAnswer } from '../client/doh-client.ts'
import { QueryError } from '../client/errors.ts'
import { type Asked, readQuestions, reverseQuestion } from '../client/questions.ts'
import { messageJson } from '../dns/text/message-json.ts'
import { UsageError } from './options/option-table.ts'
import { verb } from './options/verb.ts'

const defaults = { url: 'https://127.0.0.1:8443/dns-query', timeoutMs: 5_000 }

/** kubedoh query: ask a DoH endpoint, print the answer as dig would. */
export default verb({
  name: 'query',
  summary: 'Ask a DoH endpoint and print the answer as dig would',
  usage: 'NAME [TYPE...] [NAME [TYPE...]]... [+short] [options]',
  options: {
    url: { kind: 'text', value: 'URL', byDefault: defaults.url, help: 'the DoH endpoint' },
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
    get: { kind: 'flag', help: 'ask by GET instead of POST' },
    'no-edns': { kind: 'flag', help: 'send no OPT record' },
    'timeout-ms': {
      kind: 'number',
      value: 'MS',
      byDefault: String(defaults.timeoutMs),
      help: 'how long to wait for each answer',
    },
  },
  notes: [
    'TYPE is a mnemonic such as AAAA, SRV or HTTPS, or a number (default: A). Several types and names are asked one after the other.',
    'Data is printed as dig prints it: NULL records, types without a mnemonic, and data that is not valid for its type are in the generic form of RFC 3597, `\\# LENGTH HEX`.',
    'Exit codes: 0 when every question got a DNS answer with any rcode (NXDOMAIN and SERVFAIL included); 1 when a question got none; 2 for a wrong option, name or type.',
  ],
  async run(values, words, { print, tell }) {
    const { short, questions } = readWords(words, values.reverse)
    const isShort = values.short || short
    if (isShort && values.json) throw new UsageError('--short and --json exclude each other')
    const url = values.url ?? defaults.url
    const linesOf = (answer: DohAnswer): string[] => {
      if (isShort) return shortText(answer)
      return [values.json ? JSON.stringify(messageJson(answer.message)) : digText(answer, url)]
    }
    const how = {
      url,
      method: values.get ? ('GET' as const) : ('POST' as const),
      caFile: values.ca,
      edns: !values['no-edns'],
      timeoutMs: values['timeout-ms'] ?? defaults.timeoutMs,
      now: Date.now,
    }
    let code = 0
    for (const [index, question] of questions.entries()) {
      try {
        const lines = linesOf(await askDoh({ ...how, ...question }))
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

/** The words of the command line and the addresses of -x → the questions. Throws UsageError and QueryError. */
function readWords(
  words: readonly string[],
  addresses: readonly string[],
): { readonly short: boolean; readonly questions: readonly Asked[] } {
  const unknown = words.find((word) => word.startsWith('+') && word !== '+short')
  if (unknown !== undefined)
    throw new UsageError(`query does not know ${unknown}; of dig's + options it has only +short`)
  const server = words.find((word) => word.startsWith('@'))
  if (server !== undefined)
    throw new UsageError(`query does not know ${server}; the server is the option --url URL, a DoH endpoint`)
  const names = words.filter((word) => word !== '+short')
  const questions = [...addresses.map(reverseQuestion), ...readQuestions(names)]
  if (questions.length === 0) throw new UsageError('query needs NAME or -x ADDRESS')
  return { short: names.length < words.length, questions }
}

/** Did the question get no answer, for a reason that the next question may not share? */
function isUnanswered(error: unknown): error is QueryError {
  return error instanceof QueryError && !error.code.startsWith('OPTION_')
}
