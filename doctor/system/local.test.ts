import { testCases } from '../ports.case.ts'
import { localCheck } from './local.ts'

const name = 'web.default.svc.cluster.local'
const hosts = (line: string) => ({ '/etc/nsswitch.conf': `passwd: files\nhosts: ${line}\n` })
const full = hosts('files mdns4 [NOTFOUND=return] dns')
const minimal = hosts('files mdns4_minimal [NOTFOUND=return] resolve [!UNAVAIL=return] dns')
const found = { hosts: { [name]: ['10.96.0.10'] } }

testCases(localCheck, [
  [
    'another zone',
    {},
    'elsewhere',
    { answer: { name: 'web.prod.internal', zone: 'prod.internal', chain: [], addresses: [] } },
  ],
  ['no multicast module', { files: hosts('files dns') }, 'ok'],
  ['a multicast module after DNS', { files: hosts('files dns mdns4') }, 'ok'],
  ['the minimal module', { files: minimal }, 'minimal'],
  [
    'the minimal module with a list of domains',
    { files: { ...minimal, '/etc/mdns.allow': '.local.\n' } },
    'multicast',
  ],
  ['the full module, and no address', { files: full }, 'multicast'],
  ['the full module, and an address', { files: full, ...found }, 'passed'],
  ['macOS', { platform: 'darwin' }, 'system'],
])
