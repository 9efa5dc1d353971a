import { output } from './program.ts'

/** The parts of the output of dig or kdig that tests compare. */
export type Printed = {
  readonly status: string
  /** Header flags, in the order printed. */
  readonly flags: string
  /** Records as 'owner ttl type data' with single blanks, sorted. */
  readonly answer: readonly string[]
  readonly authority: readonly string[]
}

/** The address of an edge, for programs with separate options for host, port and CA. */
export type Target = {
  readonly url: string
  readonly caFile: string
  /** The browser's policies that `kubedoh profile` wrote for the URL. Without it, they are made from what the edge says now. */
  readonly profile?: string
}

/** Runs one of the two programs with a question over DoH. `args` are the question and further options. */
function askWith(program: 'dig' | 'kdig', { url, caFile }: Target, args: readonly string[]): Promise<string> {
  const { hostname, port, pathname } = new URL(url)
  const server = [
    `@${hostname}`,
    '-p',
    port,
    `+https=${pathname}`,
    `+tls-ca=${caFile}`,
    '+tls-hostname=localhost',
  ]
  return output(program, [...server, '+retry=0', '+time=5', ...args])
}

/** Queries with BIND's dig. `args` are the question and further options. */
export async function dig(target: Target, ...args: string[]): Promise<Printed> {
  return readPrinted(await askWith('dig', target, args))
}

/** Where a plain DNS server listens. */
export type Server = { readonly address: string; readonly port: number }

/** Queries a plain DNS server with BIND's dig, over UDP, and over TCP after an answer with TC. */
export async function digServer({ address, port }: Server, ...args: string[]): Promise<Printed> {
  return readPrinted(await output('dig', [`@${address}`, '-p', String(port), '+tries=1', '+time=5', ...args]))
}

/** Queries with Knot's kdig. `args` are the question and further options. */
export async function kdig(target: Target, ...args: string[]): Promise<Printed> {
  return readPrinted(await askWith('kdig', target, args))
}

/** The number of bytes that kdig received for a question. */
export async function kdigBytes(target: Target, ...args: string[]): Promise<number> {
  return Number(/^;; Received (\d+) B$/m.exec(await askWith('kdig', target, args))?.[1])
}

/** The output of dig, kdig or drill as the parts that tests compare. */
export function readPrinted(text: string): Printed {
  const section = (name: string): string[] => {
    const [, found = ''] = new RegExp(`^;; ${name} SECTION:\\n((?:[^;\\n].*\\n)*)`, 'm').exec(text) ?? []
    return found
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/\sIN\s/, ' ').replaceAll(/\s+/g, ' '))
      .toSorted()
  }
  return {
    status: /(?:status|rcode): ([A-Z]+)/.exec(text)?.[1] ?? text,
    flags: (/[Ff]lags: ([a-z ]+);/.exec(text)?.[1] ?? '').trim(),
    answer: section('ANSWER'),
    authority: section('AUTHORITY'),
  }
}
