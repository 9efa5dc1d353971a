/**
 * Unix ms by the machine's clock when this process began, and from then on by one that nobody sets: what an agent
 * heard a minute ago stays a minute old, whoever corrects the machine's time meanwhile.
 */
export function steadyNowMs(): number {
  return Math.round(performance.timeOrigin + performance.now())
}
