/** Runs in a page of the app, beside the app's own code. */

import type { AuthClientOptions } from '../../client/auth-client.ts'
import { createAuthClient, isAuthError } from '../../client/index.ts'

/** Begins a sign-in that comes back to this page. @returns why it could not; of a page that is left nothing is heard any more */
export async function begin(options: AuthClientOptions): Promise<string | undefined> {
  try {
    await createAuthClient(options).loginWithRedirect()
    return undefined
  } catch (error) {
    return isAuthError(error) ? `${error.code}: ${error.message}` : String(error)
  }
}

/**
 * Waits until the sign-in that led to this page has ended: the browser lands before the code is exchanged, and somebody else may have
 * been signed in before.
 * @param hear is told of every error; most do not end a sign-in
 * @returns why nobody is signed in, if so
 */
export function end(
  options: AuthClientOptions,
  user: string,
  hear: (error: string) => void,
): Promise<string | undefined> {
  const client = createAuthClient(options)
  return new Promise((resolve) => {
    client.on('error', ({ code, message, phase }) => {
      hear(`${code}: ${message}`)
      if (phase === 'authorization' || code.startsWith('exchange-')) resolve(`${code}: ${message}`)
    })
    client.on('session', (session) => {
      if (session.status === 'signed-in' && session.user.sub === user) resolve(undefined)
    })
    void client.ready().then((session) => {
      if (session.status === 'unprotected') resolve(session.code)
    })
  })
}
