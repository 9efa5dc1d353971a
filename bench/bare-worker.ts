import { dnsMessage } from '../worker/http/media-types.ts'

/** The least that a Worker on workerd can do: read the body and send 90 fixed bytes with one header. */
export const bareWorker = workerThatSends({ 'content-type': dnsMessage })

/** The same with the four headers of our answers, which it makes for each response. */
export const bareWorkerWithHeaders = workerThatSends({
  'content-type': dnsMessage,
  'cache-control': 'max-age=5',
  'access-control-allow-origin': '*',
  'kubedoh-snapshot': 'cluster="bench", generation=1795849200000, as-of=1795849200, age=12, state=fresh',
})

function workerThatSends(headers: Readonly<Record<string, string>>): string {
  return `
const answer = new Uint8Array(90)
export default {
  async fetch(request) {
    await request.arrayBuffer()
    return new Response(answer, { headers: ${JSON.stringify(headers)} })
  },
}
`
}
