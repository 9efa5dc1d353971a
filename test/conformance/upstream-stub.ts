import type { Answer, Line } from './answer.ts'

/*
 * The upstream resolver that the answers of coredns.json were observed with, as its `about` describes it. Every
 * other name is REFUSED.
 */
const hosts: Readonly<Record<string, Line | 'NXDOMAIN' | 'SERVFAIL' | 'unreachable'>> = {
  'www.example.com.': { owner: 'www.example.com.', ttl: 300, type: 'A', rdata: '93.184.216.34' },
  'elb.example.com.': { owner: 'elb.example.com.', ttl: 60, type: 'A', rdata: '93.184.216.99' },
  'nx.example.com.': 'NXDOMAIN',
  'fail.example.com.': 'SERVFAIL',
  'err.example.com.': 'unreachable',
}

/** A question → the stub's answer, 'unreachable' where it breaks the connection. */
export function stubAnswer(name: string, type: string): Answer | 'unreachable' {
  const host = hosts[name.toLowerCase()] ?? 'REFUSED'
  if (host === 'unreachable') return host
  const rcode = typeof host === 'string' ? host : 'NOERROR'
  const answer = typeof host !== 'string' && host.type === type ? [host] : []
  return { rcode, authoritative: false, answer, authority: [], additional: [] }
}
