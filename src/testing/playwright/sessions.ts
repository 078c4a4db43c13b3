import { SESSIONS_PATH, type SessionCookie } from '../server/sessions-api.ts'

/** @throws Error when no development server of this package answers there */
export async function createSession(
  issuer: string,
  user: string,
): Promise<readonly SessionCookie[]> {
  const answer = await ask(issuer, 'POST', user)
  const { cookies } = (await answer.json()) as { readonly cookies?: unknown }
  if (Array.isArray(cookies) && cookies.every(isCookie)) return cookies
  throw new Error(`${issuer}${SESSIONS_PATH} answered something else than cookies`)
}

/** @param user left out: of everybody */
export async function endSessions(issuer: string, user?: string): Promise<void> {
  await ask(issuer, 'DELETE', user)
}

async function ask(issuer: string, method: 'POST' | 'DELETE', user?: string): Promise<Response> {
  const url = `${issuer}${SESSIONS_PATH}`
  const body = user === undefined ? {} : { body: JSON.stringify({ user }) }
  const answer = await fetch(url, { method, ...body }).catch((error: unknown) => {
    throw new Error(
      `${url} does not answer. Is the development server running (npx token-guardian dev-server), and is “authServer” its issuer?`,
      { cause: error },
    )
  })
  if (answer.ok) return answer
  throw new Error(
    `${url} answered ${answer.status}: users are signed in without the login page by the development server of token-guardian only`,
  )
}

function isCookie(value: unknown): value is SessionCookie {
  if (typeof value !== 'object' || value === null) return false
  const { name, value: text } = value as Partial<SessionCookie>
  return typeof name === 'string' && typeof text === 'string'
}
