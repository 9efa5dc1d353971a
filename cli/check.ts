import { byPost } from '../check/query.ts'
import { isBroken, reportJson, reportLines } from '../check/report.ts'
import type { Row } from '../check/row.ts'
import { generalRows } from '../check/rows.ts'
import { decoderRow } from '../check/rows-decoder.ts'
import { createRecorder, learn, type Result, runRow } from '../check/run.ts'
import { readCa } from '../client/authorities.ts'
import { QueryError } from '../client/errors.ts'
import { readDohUrl } from '../client/http/doh-client.ts'
import { isNameText } from '../dns/name.ts'
import { UsageError } from './options/option-table.ts'
import { verb } from './options/verb.ts'
import { createSend } from './run/send-check.ts'

const defaults = { timeoutMs: 5_000 }

/** kubedoh check: test any DoH server against the RFCs and print a report. */
export default verb({
  name: 'check',
  summary: 'Check any DoH server against RFC 8484 and the RFCs behind it',
  usage: 'URL [options]',
  options: {
    name: {
      kind: 'text',
      value: 'NAME',
      help: 'a name with an A record on this server; by default check looks for one',
    },
    only: {
      kind: 'list',
      value: 'TEXT',
      help: 'run only the rows whose id contains this; may be given several times',
    },
    json: { kind: 'flag', help: 'print the report as JSON' },
    ca: { kind: 'text', value: 'FILE', help: "CA certificates (PEM) to trust instead of the system's" },
    insecure: { kind: 'flag', help: 'accept any certificate' },
    'timeout-ms': {
      kind: 'number',
      value: 'MS',
      byDefault: String(defaults.timeoutMs),
      help: 'time limit for each response',
    },
  },
  notes: [
    'The exit code is 0 when every MUST holds or could not be tested, and 1 when a MUST fails or the server does not answer. A SHOULD or advice that fails is shown as `warn`.',
  ],
  async run(values, [text, ...rest], { print, signal }) {
    if (text === undefined || rest.length > 0) throw new UsageError('check needs one URL')
    if (values.name !== undefined && !isNameText(values.name))
      throw new UsageError(`--name is "${values.name}", which is not a DNS name`)
    const url = readDohUrl(text)
    const isSelected = ({ id }: Row): boolean =>
      values.only.length === 0 || values.only.some((part) => id.includes(part))
    const rows = generalRows.filter((row) => isSelected(row) || row === decoderRow)
    if (!rows.some(isSelected))
      throw new UsageError(`--only: no row has an id that contains ${values.only.join(' or ')}`)
    const ca = values.ca === undefined ? undefined : await readCa(values.ca)
    const timeoutMs = values['timeout-ms'] ?? defaults.timeoutMs
    const recorder = createRecorder(createSend({ url, ca, insecure: values.insecure, timeoutMs }))
    const { send } = recorder
    const hello = await send(byPost({}))
    if ('failed' in hello) throw new QueryError('CONNECT_FAILED', hello.failed)
    const facts = await learn(recorder, url.protocol === 'https:', values.name)
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
