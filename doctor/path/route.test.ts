import { reply, testCases } from '../ports.case.ts'
import type { Route } from '../ports.ts'
import { routeCheck } from './route.ts'

const address = '10.96.0.10'
const to = (route: Route, at = address) => ({ routes: { [at]: route } })
const byDefault: Route = { kind: 'default', interface: 'eth0', destination: 'default' }
const srv = {
  'web.default.svc.cluster.local SRV': reply('NOERROR', ['web SRV 0 100 80 web.default.svc.cluster.local.']),
}
const answer = { name: 'lb', zone: 'cluster.local', chain: ['lb'], addresses: ['8.8.8.8'] }

testCases(routeCheck, [
  ['a route of a VPN', to({ kind: 'specific', interface: 'wg0', destination: '10.96.0.0/16' }), 'ok'],
  ['an own address', to({ kind: 'local', interface: 'lo', destination: '10.96.0.0/16' }), 'own'],
  ['a public address by the default route', to(byDefault, '8.8.8.8'), 'public', { answer }],
  [
    'a reply by the default route',
    { ...to(byDefault), edge: srv, connections: { [`${address}:80`]: 'refused' } },
    'reached',
  ],
  ['no reply by the default route', { ...to(byDefault), edge: srv }, 'defaultOnly'],
  ['the default route, and no known port', to(byDefault), 'defaultOnly'],
  ['no route', to({ kind: 'none', reason: 'Network is unreachable' }), 'none'],
  ['a system without a known command', {}, 'unknown'],
])
