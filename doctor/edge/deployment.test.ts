import { testCases } from '../ports.case.ts'
import { deploymentCheck } from './deployment.ts'

const headers = {
  'cf-ray': '8c1',
  'kubedoh-snapshot': 'cluster="prod", generation=17, as-of=1, age=12, state=fresh',
}
const given = (more: Readonly<Record<string, string>>, hasHttp2 = true) => ({
  headers: { ...headers, ...more },
  hasHttp2,
})

testCases(deploymentCheck, [
  ['a Worker', {}, 'ok', given({ 'cf-cache-status': 'DYNAMIC' })],
  ['another edge', {}, 'elsewhere', { headers: { server: 'nginx' }, hasHttp2: true }],
  ['HTTP/1.1', {}, 'noHttp2', given({}, false)],
  ['an answer of the cache', {}, 'cached', given({ 'cf-cache-status': 'HIT' })],
  ['no header of ours', {}, 'noHeader', { headers: { server: 'cloudflare' }, hasHttp2: true }],
  [
    'old data',
    {},
    'old',
    given({ 'kubedoh-snapshot': 'cluster="prod", generation=17, as-of=1, age=700, state=fresh' }),
  ],
])
