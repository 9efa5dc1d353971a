import { formatAnswer } from '../client/dig-format.ts'
import { askDoh } from '../client/doh-client.ts'
import { UsageError } from './options/option-table.ts'
import { verb } from './verb.ts'

const defaults = { url: 'https://127.0.0.1:8443/dns-query', type: 'A', timeoutMs: 5_000 }

/** kubedoh query: ask a DoH endpoint, print the answer as dig would. */
export default verb({
  name: 'query',
  summary: 'Ask a DoH endpoint and print the answer as dig would',
  usage: 'NAME [TYPE] [options]',
  options: {
    url: { kind: 'text', value: 'URL', byDefault: defaults.url, help: 'the DoH endpoint' },
    ca: { kind: 'text', value: 'FILE', help: "PEM certificates to trust instead of the system's" },
    get: { kind: 'flag', help: 'ask by GET instead of POST' },
    'no-edns': { kind: 'flag', help: 'send no OPT record' },
    'timeout-ms': {
      kind: 'number',
      value: 'MS',
      byDefault: String(defaults.timeoutMs),
      help: 'how long to wait',
    },
  },
  notes: [
    'TYPE is a mnemonic such as AAAA, SRV or HTTPS, or a number (default: A). Exit code 0 for any DNS answer, whatever its rcode.',
  ],
  async run(values, [name, type = defaults.type, ...rest], { print }) {
    if (name === undefined || rest.length > 0) throw new UsageError('query needs NAME and at most one TYPE')
    const url = values.url ?? defaults.url
    const answer = await askDoh({
      url,
      name,
      type,
      method: values.get ? 'GET' : 'POST',
      caFile: values.ca,
      edns: !values['no-edns'],
      timeoutMs: values['timeout-ms'] ?? defaults.timeoutMs,
      now: Date.now,
    })
    print(formatAnswer(answer, url))
    return 0
  },
})
