import { testCases } from '../ports.case.ts'
import { systemCheck } from './system.ts'

const name = 'web.default.svc.cluster.local'
const hosts = (...addresses: readonly string[]) => ({ hosts: { [name]: addresses } })
const answer = { name, zone: 'cluster.local', chain: [name], addresses: ['10.96.0.10', '10.96.0.11'] }
const alias = { ...answer, chain: [name, 'www.example.com'], addresses: ['192.0.2.7'] }

testCases(systemCheck, [
  ['the same addresses', hosts('10.96.0.11', '10.96.0.10'), 'ok', { answer }],
  ['some of them', hosts('10.96.0.11'), 'fewer', { answer }],
  ['an alias for a name outside', hosts('192.0.2.8'), 'alias', { answer: alias }],
  ['an address that is gone', hosts('10.96.0.10', '10.96.0.99'), 'changed', { answer }],
  ['other addresses', hosts('10.1.1.1'), 'other', { answer }],
  ['no such name', {}, 'missing', { answer }],
  ['no answer', { hosts: { [name]: 'EAI_AGAIN' } }, 'fails', { answer }],
])
