/** The part of Bun's module for foreign functions that is used (https://bun.com/docs/runtime/ffi). */
type BunFfi = {
  dlopen(library: string, functions: Readonly<Record<'setsockopt', object>>): { readonly symbols: Symbols }
}

type Symbols = {
  setsockopt(descriptor: number, level: number, name: number, value: Int32Array, length: number): number
}

/** SOL_SOCKET and SO_RCVBUF of Linux, on x86-64 and arm64. */
const socketLevel = 1
const receiveBufferOption = 8

/** setsockopt(2). */
const setsockopt = { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' }

/** The C library: glibc, and musl. */
const libraries = ['libc.so.6', `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`]

/**
 * Asks Linux for a receive buffer of this size for a socket of Bun.udpSocket, which has no option for it. Returns whether the
 * system was asked: not on another system or without its C library, where the buffer keeps its default size. Never rejects.
 */
export async function askForReceiveBuffer(descriptor: number, bytes: number): Promise<boolean> {
  if (process.platform !== 'linux' || process.versions.bun === undefined) return false
  // Not a literal, since the module exists on Bun only.
  const name = 'bun:ffi'
  const { dlopen } = (await import(name)) as BunFfi
  for (const library of libraries) {
    try {
      const { symbols } = dlopen(library, { setsockopt })
      return symbols.setsockopt(descriptor, socketLevel, receiveBufferOption, Int32Array.of(bytes), 4) === 0
    } catch {
      // This library is not there.
    }
  }
  return false
}
