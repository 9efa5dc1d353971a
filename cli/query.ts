import { formatAnswer } from '../client/dig-format.ts'
import { askDoh } from '../client/doh-client.ts'
import { UsageError } from './options/option-table.ts'
import { verb } from './verb.ts'

const defaults = { url: 'https://127.0.0.1:8443/dns-query', type: 'A', timeoutMs: 5_000 }

/** kubedoh query: ask a DoH endpoint and print the answer like dig. */
export default verb({
  name: 'query',
  summary: 'Ask a DoH endpoint and print the answer like dig',
  usage: 'NAME [TYPE] [options]',
  options: {
    url: { kind: 'text', value: 'URL', byDefault: defaults.url, help: 'the DoH endpoint' },
    ca: { kind: 'text', value: 'FILE', help: "CA certificates (PEM) to trust instead of the system's" },
    get: { kind: 'flag', help: 'send a GET request instead of POST' },
    'no-edns': { kind: 'flag', help: 'send no OPT record' },
    'timeout-ms': {
      kind: 'number',
      value: 'MS',
      byDefault: String(defaults.timeoutMs),
      help: 'time limit for the response',
    },
  },
  notes: [
    'TYPE is a mnemonic such as AAAA, SRV or HTTPS, or a number (default: A). The exit code is 0 for any DNS answer, also for NXDOMAIN and SERVFAIL.',
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
