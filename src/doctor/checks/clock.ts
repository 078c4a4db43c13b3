import { isAnswer, type Deployment } from '../deployment.ts'
import { found, notChecked, type Result } from '../finding.ts'
import type { Servers } from '../servers.ts'

/** Whether the authorization servers' clocks are this machine's, as far as whole seconds tell. */
export async function* checkClock(
  { config, ask, now }: Deployment,
  servers: Servers,
): AsyncGenerator<Result> {
  for (const client of config.clients) {
    const { issuer, clockToleranceSeconds } = client
    const url = (await servers.endpoint(client, 'jwks_uri')) ?? issuer
    const before = now()
    const answer = await ask(url)
    const after = now()
    const date = Date.parse((isAnswer(answer) && answer.headers.get('date')) || '')
    if (Number.isNaN(date)) {
      yield notChecked('clock', `${url} does not say what time it is`)
      continue
    }
    // The header has whole seconds, and is from some time between.
    const ahead = Math.max(before - date - 1000, date - after, 0) / 1000
    if (ahead <= clockToleranceSeconds) continue
    const what = `${issuer} differs by ${Math.round(ahead)} s; ${clockToleranceSeconds} s are tolerated`
    yield found('clock-differs', { subject: issuer, what })
  }
}
