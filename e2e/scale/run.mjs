// Prints the table of docs/at-scale.md.
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const load = async (file) =>
  (await runnerImport(fileURLToPath(new URL(file, import.meta.url)))).module
const { simulate } = await load('./model.ts')
const guardian = await load('../../sw/core/refresh-schedule.ts')
/** The policy that there was: the same leeway for all, and after a failure only `Retry-After`, of a minute at most. */
const before = {
  refreshFrom: ({ expiresAt }, leeway) => expiresAt - leeway,
  pauseAfter: ({ retryAfterSeconds }) => Math.min(60, retryAfterSeconds),
}

const outage = (minutes, kind, more = {}) => ({ outage: { seconds: minutes * 60, kind, ...more } })
const scenarios = {
  '1 min of 503': outage(1, '503'),
  '10 min of 503': outage(10, '503'),
  '60 min of 503': outage(60, '503'),
  '10 min of timeouts': outage(10, 'timeout'),
  '10 min of 503, Retry-After: 30': outage(10, '503', { retryAfter: 30 }),
  '10 min of 503, Retry-After until the end': outage(10, '503', { retryAfter: 'until-the-end' }),
  '10 min of 503, then 429 above 1.5': { ...outage(10, '503'), capacity: 1.5 },
  '3 min of 503': outage(3, '503'),
  'all sign in within a minute': { signInWithinSeconds: 60 },
}
console.log(
  '| token | what happens | before: peak (1 s) | now: peak (1 s) | affected | median | p99 |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- |')
const peaks = ({ peak, peakSecond }) => `${peak.toFixed(1)} (${peakSecond.toFixed(1)})`
const seconds = (value) =>
  value < 120 ? `${Math.round(value)} s` : `${Math.round(value / 60)} min`
for (const [token, lifetimeSeconds, clients] of [
  ['5 min', 300, 40_000],
  ['1 h', 3600, 60_000],
]) {
  for (const [name, more] of Object.entries(scenarios)) {
    const scenario = { clients, lifetimeSeconds, ...more }
    const [old, now] = [before, guardian].map((schedule) => simulate(scenario, schedule))
    const peaks = ({ peak, peakSecond }) => `${peak.toFixed(1)} (${peakSecond.toFixed(1)})`
    const waits = more.outage
      ? `${Math.round(now.affected * 100)} % | ${seconds(now.median)} | ${seconds(now.p99)}`
      : '– | – | –'
    console.log(`| ${token} | ${name} | ${peaks(old)} | ${peaks(now)} | ${waits} |`)
  }
  const forgetful = { clients, lifetimeSeconds, ...outage(10, '503'), workerIdleSeconds: 30 }
  const outcome = peaks(simulate(forgetful, guardian))
  console.log(
    `| ${token} | 10 min of 503, idle workers forget their pause | – | ${outcome} | – | – | – |`,
  )
}
