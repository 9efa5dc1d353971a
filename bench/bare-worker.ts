/** The least that a Worker on workerd can do: read the body and send 90 fixed bytes. */
export const bareWorker = `
const answer = new Uint8Array(90)
export default {
  async fetch(request) {
    await request.arrayBuffer()
    return new Response(answer, { headers: { 'content-type': 'application/dns-message' } })
  },
}
`
