import { defineCheck } from '../define-check.ts'

/** With a heartbeat each 300 s, KV's cache of 30 s and its delay of up to 60 s, the data is at most this old (s). */
const usualAge = 400

/** Whether a Worker on Cloudflare answers as it should: HTTP/2, its own headers, no cache in between, young data. */
export const deploymentCheck = defineCheck({
  id: 'deployment',
  title: 'deployment on Cloudflare',
  needs: ['token'],
  findings: {
    ok: {
      state: 'ok',
      text: 'The Worker on Cloudflare answers over HTTP/2 with its headers; its data is {age} s old.',
    },
    elsewhere: { state: 'skipped', text: 'The edge is not on Cloudflare.' },
    noHeader: {
      state: 'problem',
      text: 'Cloudflare answers without the header kubedoh-snapshot: another Worker or origin has the route, or the Worker has no data of the cluster.',
      remedy:
        'Check the routes of the Worker with `wrangler deployments list`, and that the agent has published.',
    },
    noHttp2: {
      state: 'problem',
      text: 'Cloudflare answers over HTTP/1.1 only.',
      remedy: 'Turn on HTTP/2 in the settings of the zone (Speed, Protocol optimization).',
    },
    cached: {
      state: 'problem',
      text: "Cloudflare's cache answers instead of the Worker (cf-cache-status: {status}).",
      remedy: 'Remove the cache rule for the DoH path.',
    },
    old: {
      state: 'note',
      text: 'The data is {age} s old; with the usual heartbeat of 300 s it should be at most {usual} s.',
      remedy: "Look at the agent's log. A longer --heartbeat-seconds explains it as well.",
    },
  },
  run({ headers = {}, hasHttp2 = false }, _ports, found) {
    if (headers['cf-ray'] === undefined && headers['server'] !== 'cloudflare') return found('elsewhere', {})
    if (!hasHttp2) return found('noHttp2', {})
    const status = headers['cf-cache-status']
    if (status !== undefined && !/^(DYNAMIC|BYPASS|MISS|NONE\/UNKNOWN)$/i.test(status))
      return found('cached', { status })
    const header = headers['kubedoh-snapshot']
    const age = Number(/\bage=(\d+)/.exec(header ?? '')?.[1] ?? Number.NaN)
    if (Number.isNaN(age)) return found('noHeader', {})
    return age > usualAge && /state=fresh/.test(header ?? '')
      ? found('old', { age, usual: usualAge })
      : found('ok', { age })
  },
})
