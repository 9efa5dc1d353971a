/*
 * Loaded before a program (node --import FILE?ahead=MS): its clock is ahead by so many milliseconds. So a day passes at once
 * between two starts of an edge.
 */

const aheadMs = Number(new URL(import.meta.url).searchParams.get('ahead'))
const RealDate = Date
const now = (): number => RealDate.now() + aheadMs

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) => Reflect.construct(target, args.length === 0 ? [now()] : args) as Date,
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
})
