import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildLookup, muslLookup } from './musl.ts'
import { output, versionOf } from './program.ts'

/** A library with which programs look up names. */
export type Library = {
  readonly name: string
  /** Programs that must be on the machine. */
  readonly programs: readonly string[]
  version(): Promise<string>
  /** Builds what must be built. Returns the command whose last argument is a name: lookup.c says what it prints. */
  prepare(): Promise<readonly string[]>
  /** The most addresses that it finds, if it does not find all. */
  readonly most?: number
}

const here = (file: string): string => join(import.meta.dirname, file)
const node = { programs: [process.execPath], version: () => Promise.resolve(process.version) }

/** The libraries of most programs. */
export const libraries: readonly Library[] = [
  {
    name: 'glibc',
    programs: ['gcc'],
    version: () => versionOf('getconf', 'GNU_LIBC_VERSION'),
    prepare: async () => [await buildLookup('gcc', [])],
  },
  {
    name: 'musl',
    programs: ['musl-gcc'],
    version: () => versionOf('sh', '-c', '/lib/ld-musl-*.so.1 2>&1'),
    prepare: async () => [await muslLookup()],
    // It does not ask again over TCP: it has the addresses that fit into 512 bytes.
    most: 28,
  },
  {
    name: 'Go',
    programs: ['go'],
    version: () => versionOf('go', 'version'),
    async prepare() {
      const program = join(await mkdtemp(join(tmpdir(), 'kubedoh-lookup-')), 'lookup')
      await output('env', ['CGO_ENABLED=0', 'GOFLAGS=', 'go', 'build', '-o', program, here('lookup.go')])
      return [program]
    },
  },
  {
    name: 'Java',
    programs: ['java'],
    version: () => versionOf('java', '-version'),
    prepare: () => Promise.resolve(['java', here('Lookup.java')]),
  },
  {
    name: 'Python',
    programs: ['python3'],
    version: () => versionOf('python3', '--version'),
    prepare: () => Promise.resolve(['python3', here('lookup.py')]),
  },
  { ...node, name: 'Node, getaddrinfo', prepare: () => nodeLookup('lookup') },
  { ...node, name: 'Node, c-ares', prepare: () => nodeLookup('resolve') },
]

function nodeLookup(how: 'lookup' | 'resolve'): Promise<readonly string[]> {
  return Promise.resolve([process.execPath, here('node-lookup.ts'), how])
}
