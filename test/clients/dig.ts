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

/** Asks with dig over DoH. `args` are the question and further options. */
export async function dig({ url, caFile }: Target, ...args: string[]): Promise<Printed> {
  const { hostname, port, pathname } = new URL(url)
  const server = [
    `@${hostname}`,
    '-p',
    port,
    `+https=${pathname}`,
    `+tls-ca=${caFile}`,
    '+tls-hostname=localhost',
  ]
  return read(await output('dig', [...server, '+retry=0', '+time=5', ...args]))
}

/** Asks with kdig over DoH. */
export async function kdig({ url, caFile }: Target, ...args: string[]): Promise<Printed> {
  const { hostname, port, pathname } = new URL(url)
  const server = [
    `@${hostname}`,
    '-p',
    port,
    `+https=${pathname}`,
    `+tls-ca=${caFile}`,
    '+tls-hostname=localhost',
  ]
  return read(await output('kdig', [...server, '+retry=0', '+time=5', ...args]))
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
