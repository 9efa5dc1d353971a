/** An address of an interface, in the fields of Node's os.networkInterfaces that matter. */
export type InterfaceAddress = {
  readonly address: string
  readonly netmask: string
  readonly internal: boolean
}

/** The interfaces by name, as os.networkInterfaces returns them. */
export type Interfaces = Readonly<Record<string, readonly InterfaceAddress[] | undefined>>

/** A text that differs whenever an interface appears or disappears, or its addresses change. */
export function interfacesState(interfaces: Interfaces): string {
  const lines = Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ internal }) => !internal)
      .map(({ address, netmask }) => `${name} ${address} ${netmask}`),
  )
  return lines.toSorted().join('\n')
}

/** The fields of a file's status that change when it is written or replaced. */
export type FileStatus = {
  readonly dev: number
  readonly ino: number
  readonly size: number
  readonly mtimeMs: number
}

/** A text that differs whenever one of the files is written, replaced, created or removed; undefined is a file that is missing. */
export function filesState(files: readonly (FileStatus | undefined)[]): string {
  return files.map((file) => (file ? `${file.dev} ${file.ino} ${file.size} ${file.mtimeMs}` : '-')).join('\n')
}
