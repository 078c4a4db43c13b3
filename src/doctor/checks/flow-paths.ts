import { flowPathFlaws } from '../../contract/deployment-flaws.ts'
import {
  isAnswer,
  isRedirect,
  locationOf,
  type Answer,
  type Deployment,
  type Question,
} from '../deployment.ts'
import { found, foundFlaw, notChecked, shown, type Result } from '../finding.ts'
import { flowAnswerLine, headerLine, recogniseHost } from '../host-lines.ts'

/** Stands for what a response carries; a redirect must not take it along. */
const STATE = 'state=token-guardian-doctor'

/** What the app's host answers where the guardian should have: the same-origin topology's callback, login and logout path. */
export async function* checkFlowPaths(deployment: Deployment): AsyncGenerator<Result> {
  const { appUrl, config, ask } = deployment
  if (config.vault) return
  const { origin } = new URL(appUrl)
  const callbacks = [...new Set(config.clients.map(({ redirectPath }) => redirectPath))]
  for (const path of [...callbacks, config.loginPath, config.logoutPath]) {
    const isPosted = config.clients.some(
      ({ redirectPath, responseMode }) =>
        redirectPath === path && responseMode.startsWith('form_post'),
    )
    const questions: Question[] = [
      {},
      ...(isPosted
        ? [
            {
              method: 'POST',
              body: STATE,
              headers: { 'content-type': 'application/x-www-form-urlencoded' },
            },
          ]
        : []),
    ]
    for (const question of questions) {
      const answer = await ask(`${origin}${path}?${STATE}`, question)
      if (isAnswer(answer)) yield* answerFindings(origin, path, answer)
      else yield notChecked('flow-paths', `${path} cannot be reached: ${answer.failed}`)
    }
  }
}

function* answerFindings(origin: string, path: string, answer: Answer): Generator<Result> {
  const subject = origin + path
  const { headers, isOpaque } = answer
  const host = recogniseHost(headers)
  if (!isRedirect(answer)) {
    for (const flaw of flowPathFlaws(path, answer.status)) {
      yield foundFlaw(flaw, subject, flowAnswerLine(host, path))
    }
    return
  }
  if (isOpaque) return
  const target = locationOf(answer, subject)
  const isSafe = target?.origin === origin && target.hash.length > 1 && !target.href.includes(STATE)
  if (!isSafe) {
    const what = `${path} redirects to ${shown(headers.get('location') ?? 'nowhere')}`
    yield found('callback-target', { subject, what, change: flowAnswerLine(host, path) })
  }
  if (headers.get('referrer-policy') !== 'no-referrer') {
    const change = headerLine(host, path, 'Referrer-Policy', 'no-referrer')
    yield found('callback-referrer', { subject, change })
  }
  if (!/(?:^|[\s,])no-store(?:$|[\s,])/i.test(headers.get('cache-control') ?? '')) {
    const change = headerLine(host, path, 'Cache-Control', 'no-store')
    yield found('callback-cached', { subject, change })
  }
}
