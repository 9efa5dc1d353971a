import { testCases } from '../ports.case.ts'
import { http2Check } from './http2.ts'

testCases(http2Check, [
  ['HTTP/2', {}, 'ok', { hasHttp2: true }],
  ['HTTP/1.1 only', {}, 'http1', { hasHttp2: false }],
  ['no TLS', {}, 'plain', { url: new URL('http://127.0.0.1:8080/dns-query') }],
])
