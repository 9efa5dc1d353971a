import { reply, testCases } from '../ports.case.ts'
import { portCheck } from './port.ts'

const edge = {
  'web.default.svc.cluster.local SRV': reply('NOERROR', [
    'web SRV 0 50 53 web.default.svc.cluster.local.',
    'web SRV 0 50 80 web.default.svc.cluster.local.',
  ]),
}
const at = (port: number) => `10.96.0.10:${port}`

testCases(portCheck, [
  ['one of the ports is open', { edge, connections: { [at(53)]: 'refused', [at(80)]: 'open' } }, 'ok'],
  ['the port of --port', { connections: { [at(5432)]: 'open' } }, 'ok', { port: 5432 }],
  ['no SRV record', {}, 'noPort'],
  ['a closed port', { connections: { [at(80)]: 'refused' } }, 'refused', { port: 80 }],
  ['no reply', {}, 'silent', { port: 80 }],
  ['no way', { connections: { [at(80)]: 'unreachable' } }, 'unreachable', { port: 80 }],
])
