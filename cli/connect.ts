import { edgeUrl } from './connect/edge-url.ts'
import { runStub } from './connect/run-stub.ts'
import { stateFileOf } from './connect/state-file.ts'
import { printStatus } from './connect/status.ts'
import { listenOption } from './options/listen-option.ts'
import { type OptionTable, UsageError } from './options/option-table.ts'
import { logFormat } from './options/serve/serve-options.ts'
import { verb } from './options/verb.ts'
import { createLog } from './terminal/log.ts'

const defaults = { listen: '127.0.0.1:5053' }

const options = {
  listen: {
    kind: 'text',
    value: 'HOST:PORT',
    byDefault: defaults.listen,
    help: 'address to answer on, over UDP and TCP; port 0 uses a free port',
  },
  'url-file': {
    kind: 'text',
    value: 'FILE',
    help: 'read the URL from this file, which other users cannot read: a token in a URL is then not shown in the list of processes',
  },
  ca: { kind: 'text', value: 'FILE', help: "PEM certificates to trust instead of the system's" },
  'edge-address': {
    kind: 'list',
    value: 'ADDRESS',
    help: "address of the edge's host, which is then not looked up; repeatable",
  },
  state: {
    kind: 'text',
    value: 'FILE',
    byDefault: 'in the cache directory of the user',
    help: 'file for the zones of the edge and the addresses of its host, for a start while it cannot be reached; none: no file',
  },
  'log-format': {
    kind: 'text',
    value: 'FORMAT',
    byDefault: 'text',
    choices: ['text', 'json'],
    help: 'format of log lines on stderr: text or json',
  },
} as const satisfies OptionTable

/** kubedoh connect: a stub resolver on this machine, in front of an edge. */
export default verb({
  name: 'connect',
  summary: "Run a resolver on this machine that answers the cluster's names from an edge",
  usage: '[URL | status] [options]',
  words: ['status'],
  options,
  notes: [
    'URL is the DoH endpoint of the edge, such as https://dns.example.com/dns-query/TOKEN.',
    "It prints `ready HOST:PORT` on stdout once it answers. It answers the zones and reverse ranges that the edge gives to the URL's caller, and refuses all other names, so that the system must send it only these (docs/laptops.md). While the edge cannot be reached it answers with what it knows, for up to an hour, and otherwise with SERVFAIL.",
    '`kubedoh connect status` shows the state of the stub at --listen, and whether the system asks it for each zone: by a name that only the stub knows. Exit codes: 0 when all is well, 1 when it is not.',
    'SIGTERM ends it after running queries.',
  ],
  async run(values, positionals, world) {
    if (positionals.length > 1) throw new UsageError(`connect takes no "${positionals[1]}"`)
    const listen = listenOption(values.listen ?? defaults.listen)
    if (positionals[0] === 'status') return printStatus(listen, world)
    const places = await edgeUrl(positionals[0], values['url-file'])
    const log = createLog(logFormat(values['log-format']), world.tell, Date.now)
    const stateFile = stateFileOf(values.state, places.doh, world.env)
    const { ca: caFile, 'edge-address': addresses } = values
    return runStub({ places, listen, caFile, addresses, stateFile, log }, world)
  },
})
