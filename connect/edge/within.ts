/** The result of `promise`; rejects with a text if it takes longer than `ms`. The promise itself continues. */
export async function within<T>(ms: number, promise: Promise<T>, text: string): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(text)), ms)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
