import { byPost } from '../check/query.ts'
import { isBroken, reportJson, reportLines } from '../check/report.ts'
import { generalRows } from '../check/rows.ts'
import { learn, type Result, runRow } from '../check/run.ts'
import { readCa, readDohUrl } from '../client/doh-client.ts'
import { QueryError } from '../client/errors.ts'
import { isNameText } from '../dns/name.ts'
import { createSend } from './check-send.ts'
import { UsageError } from './options/option-table.ts'
import { verb } from './verb.ts'

const defaults = { timeoutMs: 5_000 }

/** kubedoh check: ask any DoH server what RFCs say of it, print a report. */
export default verb({
  name: 'check',
  summary: 'Check any DoH server against RFC 8484 and the RFCs behind it',
  usage: 'URL [options]',
  options: {
    name: {
      kind: 'text',
      value: 'NAME',
      help: 'a name that has an A record there; by default one is looked for',
    },
    only: { kind: 'list', value: 'TEXT', help: 'only rows whose id contains this; repeatable' },
    json: { kind: 'flag', help: 'print the report as JSON' },
    ca: { kind: 'text', value: 'FILE', help: "PEM certificates to trust instead of the system's" },
    insecure: { kind: 'flag', help: 'take any certificate' },
    'timeout-ms': {
      kind: 'number',
      value: 'MS',
      byDefault: String(defaults.timeoutMs),
      help: 'how long to wait for each response',
    },
  },
  notes: [
    'Exit code 0 when every MUST holds or could not be asked, 1 when one does not or nobody answers. SHOULD and advice that do not hold are shown as `warn`.',
  ],
  async run(values, [text, ...rest], { print, signal }) {
    if (text === undefined || rest.length > 0) throw new UsageError('check needs one URL')
    if (values.name !== undefined && !isNameText(values.name))
      throw new UsageError(`--name is "${values.name}", which is no DNS name`)
    const url = readDohUrl(text)
    const rows = generalRows.filter(
      ({ id }) => values.only.length === 0 || values.only.some((part) => id.includes(part)),
    )
    if (rows.length === 0) throw new UsageError(`--only: no row's id contains ${values.only.join(' or ')}`)
    const ca = values.ca === undefined ? undefined : await readCa(values.ca)
    const timeoutMs = values['timeout-ms'] ?? defaults.timeoutMs
    const send = createSend({ url, ca, insecure: values.insecure, timeoutMs })
    const hello = await send(byPost({}))
    if ('failed' in hello) throw new QueryError('CONNECT_FAILED', hello.failed)
    const facts = await learn(send, url.protocol === 'https:', values.name)
    const results: Result[] = []
    for (const row of rows) {
      signal.throwIfAborted()
      results.push(await runRow(row, facts, send))
    }
    const report = reportJson(url.href, facts.name, results)
    if (values.json) print(JSON.stringify(report, undefined, 2))
    else for (const line of reportLines(report)) print(line)
    return isBroken(report) ? 1 : 0
  },
})
