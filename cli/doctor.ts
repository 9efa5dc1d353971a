import { randomBytes, randomInt } from 'node:crypto'
import { readCa } from '../client/authorities.ts'
import { readDohUrl } from '../client/http/doh-client.ts'
import { urlTokens } from '../client/http/url-tokens.ts'
import { isNameText } from '../dns/name.ts'
import { checks } from '../doctor/checks.ts'
import { createPorts } from '../doctor/probe/create-ports.ts'
import { findingLines, reportOf, verdictLine } from '../doctor/report.ts'
import { walk } from '../doctor/walk.ts'
import { chooseUrl } from './doctor/choose-url.ts'
import { urlFileOption } from './options/edge-url.ts'
import { UsageError } from './options/option-table.ts'
import { verb } from './options/verb.ts'

const defaults = { timeoutMs: 3_000 }

/** Where `kubedoh connect --install` writes the URL and the authorities of its edge. */
const stubDirectory = process.platform === 'win32' ? 'C:\\ProgramData\\kubedoh' : '/etc/kubedoh'

/** The whole run takes at most this many time limits of one step. */
const wholeRunSteps = 10

/** kubedoh doctor: walk the way of a name from the edge to the Service, and say what is wrong. */
export default verb({
  name: 'doctor',
  summary: 'Find out why a name of the cluster does not work on this machine',
  usage: '[URL] [NAME] [options]',
  options: {
    port: {
      kind: 'number',
      value: 'PORT',
      help: 'TCP port of NAME to connect to; by default the ports of its SRV records',
    },
    json: { kind: 'flag', help: 'print the findings as JSON, with the fields described in docs/json.md' },
    ...urlFileOption,
    ca: { kind: 'text', value: 'FILE', help: "PEM certificates to trust instead of the system's" },
    'timeout-ms': {
      kind: 'number',
      value: 'MS',
      byDefault: String(defaults.timeoutMs),
      help: `time limit of each step; the whole run takes at most ${wholeRunSteps} times as long`,
    },
  },
  notes: [
    "URL is the edge's DoH endpoint; without it doctor uses that of the installed stub (`kubedoh connect --install`), otherwise https://127.0.0.1:8443/dns-query. NAME is a name of the cluster; without it doctor looks up kubernetes.default.svc in the edge's first zone.",
    'Each check prints its result in a line, and below it what to do. A check that depends on a failed one is skipped. docs/doctor.md lists all results. A token is never printed. To see whether names outside the zones are answered, doctor asks the system for a random name under example.com.',
    'Exit codes: 0 when no check found a problem; 1 when one did; 2 for a wrong option, URL or name.',
  ],
  async run(values, words, { print, show, signal }) {
    const timeoutMs = values['timeout-ms'] ?? defaults.timeoutMs
    if (timeoutMs < 1) throw new UsageError('--timeout-ms must be at least 1')
    if (values.port !== undefined && (values.port < 1 || values.port > 65_535))
      throw new UsageError(`--port is ${values.port}, it must be 1 to 65535`)
    const { url: text, name, caFile } = await chooseUrl(words, values, stubDirectory)
    const url = readDohUrl(text)
    const { tokens, shown } = urlTokens(url)
    const ports = createPorts({
      ...{ url, ca: caFile === undefined ? undefined : await readCa(caFile), timeoutMs },
      ...{ platform: process.platform, nowMs: Date.now, randomId: () => randomInt(0x10000) },
      randomLabel: randomBytes(6).toString('hex'),
    })
    const findings = await walk(
      checks,
      { url, shownUrl: shown, tokens, name: nameOf(name), port: values.port },
      {
        ports,
        onStart: ({ title }) => show?.(`doctor: ${title} ...`),
        onFinding(finding) {
          show?.('')
          if (!values.json) for (const line of findingLines(finding)) print(line)
        },
        limit: AbortSignal.any([signal, AbortSignal.timeout(wholeRunSteps * timeoutMs)]),
      },
    )
    signal.throwIfAborted()
    const report = reportOf(shown, name, findings)
    print(values.json ? JSON.stringify(report, undefined, 2) : verdictLine(report))
    return report.ok ? 0 : 1
  },
})

/** A name of the command line without its final dot. Throws UsageError. */
function nameOf(name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  if (!isNameText(name) || name === '.') throw new UsageError(`NAME is "${name}", which is not a DNS name`)
  return name.replace(/\.$/, '')
}
