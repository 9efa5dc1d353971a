/**
 * Applies `next` to a value, or to the value of a promise. Without a promise if there is none to wait for: on the way of a
 * repeated query, each further promise costs a percent of its CPU.
 */
export function chain<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}
