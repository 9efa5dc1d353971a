/** A user's TypeScript program: it makes an edge from the exports, asks it, runs rows of the checker on it, and reads a blob. */
export const userProgram = `
import { type Ask, createRecorder, generalRows, type Got, isBroken, learn, reportJson, runRow } from 'kubedoh/check'
import { nameFromText, rcodeOf, rcodeText, readMessage, TYPE, writeQuery } from 'kubedoh/dns'
import { decodeBlob, generateKey, hashBlob, importPrivateKey, schemaVersion, SnapshotError } from 'kubedoh/snapshot'
import { type Clock, createEdge, fromWeb, handle, parseConfig, type Register, toWeb } from 'kubedoh/worker'

const clock: Clock = {
  now: () => Date.now(),
  after: (ms) => ({ done: new Promise((resolve) => setTimeout(resolve, ms).unref()), cancel: () => undefined }),
}
const key = await importPrivateKey(await generateKey())
const config = parseConfig(JSON.stringify({
  public: true,
  clusters: [{ id: 'demo', keys: [key.publicKey], zones: ['cluster.local'] }],
}))
const edge = createEdge(config, {
  kv: { get: async () => null },
  fetch: () => Promise.reject(new Error('no upstream')),
  clock,
  random: Math.random,
  log: { info: () => undefined, warn: () => undefined },
  store: { kind: 'sqlite', minPublishIntervalMs: 250, writesPerDay: null },
  registerOf: (): Register => { throw new Error('no register') },
})
const send = async ({ method = 'GET', below = '', query, headers = {}, body }: Ask): Promise<Got> => {
  const url = \`http://edge.test/dns-query\${below}\${query ? \`?\${query}\` : ''}\`
  const request = new Request(url, { method, headers, ...(body ? { body: new Uint8Array(body) } : {}) })
  const response = toWeb(await handle(fromWeb(request, '127.0.0.1'), edge, { waitUntil: () => undefined }))
  const bytes = new Uint8Array(await response.arrayBuffer())
  return { status: response.status, headers: Object.fromEntries(response.headers), bytes, httpVersion: '2' }
}
const asked = writeQuery(nameFromText('web.prod.svc.cluster.local.'), TYPE.A)
const got = await send({ method: 'POST', headers: { 'content-type': 'application/dns-message' }, body: asked })
if ('failed' in got) throw new Error(got.failed)
const answer = readMessage(got.bytes)
if ('broken' in answer) throw new Error(answer.broken)
console.log(rcodeText(rcodeOf(answer)))
const recorder = createRecorder(send)
const facts = await learn(recorder, false, undefined)
const results = []
for (const row of generalRows.filter(({ id }) => id.startsWith('get'))) results.push(await runRow(row, facts, recorder.send))
const report = reportJson('http://edge.test/dns-query', facts.name, results)
console.log(report.rows.length > 0 && !isBroken(report))
const blob = \`{"schema":\${schemaVersion},"kind":"namespaces","namespaces":["default"]}\`
console.log(decodeBlob(blob).kind, (await hashBlob(blob)).length)
try {
  decodeBlob('{}')
} catch (error) {
  console.log(error instanceof SnapshotError && error.code)
}
`

/** What the program prints. */
export const printed = 'SERVFAIL\ntrue\nnamespaces 43\nSCHEMA\n'
