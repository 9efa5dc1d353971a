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

/** Asks over DoH with one of the two programs. `args` are the question and further options. */
async function askWith(
  program: 'dig' | 'kdig',
  { url, caFile }: Target,
  args: readonly string[],
): Promise<Printed> {
  const { hostname, port, pathname } = new URL(url)
  const server = [
    `@${hostname}`,
    '-p',
    port,
    `+https=${pathname}`,
    `+tls-ca=${caFile}`,
    '+tls-hostname=localhost',
  ]
  return read(await output(program, [...server, '+retry=0', '+time=5', ...args]))
}

/** Asks with BIND's dig. `args` are the question and further options. */
export function dig(target: Target, ...args: string[]): Promise<Printed> {
  return askWith('dig', target, args)
}

/** Asks with Knot's kdig. `args` are the question and further options. */
export function kdig(target: Target, ...args: string[]): Promise<Printed> {
  return askWith('kdig', target, args)
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
