import { output } from './program.ts'

/** What dig or kdig printed, as far as tests compare it. */
export type Printed = {
  readonly status: string
  /** Header flags, in the order printed. */
  readonly flags: string
  /** Records as 'owner ttl type data', blanks made single, sorted. */
  readonly answer: readonly string[]
  readonly authority: readonly string[]
}

/** Where an edge is, for programs that take host, port and CA apart. */
export type Target = { readonly url: string; readonly caFile: string }

/** What one of the two programs prints for a question over DoH. `args` are the question and further options. */
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

/** Asks with BIND's dig. `args` are the question and further options. */
export async function dig(target: Target, ...args: string[]): Promise<Printed> {
  return read(await askWith('dig', target, args))
}

/** Where a plain DNS server listens. */
export type Server = { readonly address: string; readonly port: number }

/** Asks a plain DNS server with BIND's dig, over UDP, and over TCP after an answer with TC. */
export async function digServer({ address, port }: Server, ...args: string[]): Promise<Printed> {
  return read(await output('dig', [`@${address}`, '-p', String(port), '+tries=1', '+time=5', ...args]))
}

/** Asks with Knot's kdig. `args` are the question and further options. */
export async function kdig(target: Target, ...args: string[]): Promise<Printed> {
  return read(await askWith('kdig', target, args))
}

/** How many bytes kdig received for a question. */
export async function kdigBytes(target: Target, ...args: string[]): Promise<number> {
  return Number(/^;; Received (\d+) B$/m.exec(await askWith('kdig', target, args))?.[1])
}

function read(text: string): Printed {
  const section = (name: string): string[] => {
    const [, found = ''] = new RegExp(`^;; ${name} SECTION:\\n((?:[^;\\n].*\\n)*)`, 'm').exec(text) ?? []
    return found
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/\sIN\s/, ' ').replaceAll(/\s+/g, ' '))
      .toSorted()
  }
  return {
    status: /status: ([A-Z]+)/.exec(text)?.[1] ?? text,
    flags: (/[Ff]lags: ([a-z ]+);/.exec(text)?.[1] ?? '').trim(),
    answer: section('ANSWER'),
    authority: section('AUTHORITY'),
  }
}
