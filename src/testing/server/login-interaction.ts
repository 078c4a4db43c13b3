import { createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import type Provider from 'oidc-provider'

import { errorPage, loginPage, pageHeaders } from './authorization-pages.ts'
import { readText } from './http-text.ts'
import type { SessionCookie } from './sessions-api.ts'
import { acrOf } from './step-up-policy.ts'

export const interactionPath = '/interaction/'

const formLimitBytes = 16_384

/** Shows the login page, takes its form, and answers a demand for consent with yes. */
export async function answerInteraction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { uid, prompt, params } = await provider.interactionDetails(request, response)
    const finish = (result: Readonly<Record<string, unknown>>, merge = false): Promise<void> =>
      provider.interactionFinished(request, response, result, { mergeWithLastSubmission: merge })

    if (prompt.name === 'consent') return await finish({ consent: {} }, true)
    const hint = typeof params['login_hint'] === 'string' ? params['login_hint'] : ''
    const form = loginPage(`${interactionPath}${uid}`, hint)
    if (request.method !== 'POST') {
      response.writeHead(200, pageHeaders).end(form)
      return
    }
    const fields = new URLSearchParams(await readText(request, formLimitBytes))
    if (fields.get('do') === 'cancel') {
      return await finish({ error: 'access_denied', error_description: 'The user cancelled.' })
    }
    const accountId = fields.get('username')?.trim() ?? ''
    if (accountId === '') response.writeHead(400, pageHeaders).end(form)
    else await finish({ login: { accountId, acr: acrOf(params['acr_values']) } })
  } catch (error) {
    const message = error instanceof Error ? error.message : 'unknown'
    response.writeHead(400, pageHeaders).end(errorPage({ error: message }))
  }
}

/**
 * Makes a session as if the user had used the login page, without a request, so that faults, counts and records of the server
 * stay as they are.
 * @returns the cookies that the browser would have
 */
export async function logIn(
  provider: Provider,
  accountId: string,
  { cookieKey, seconds }: { readonly cookieKey: string; readonly seconds: number },
): Promise<SessionCookie[]> {
  const session = new provider.Session({
    accountId,
    loginTs: Math.floor(Date.now() / 1000),
  })
  await session.save(seconds)
  const name = provider.cookieName('session')
  const signature = createHmac('sha1', cookieKey).update(`${name}=${session.jti}`)
  return [
    { name, value: session.jti },
    { name: `${name}.sig`, value: signature.digest('base64url') },
  ]
}
