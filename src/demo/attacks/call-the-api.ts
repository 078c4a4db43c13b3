import { inWords, skipped } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'

/** Not stopped by any design that lets the page call its API (RFC 10017 section 5.1.4), so it is shown, not hidden. */
export async function callTheApi({ client, apiOrigin }: AttackContext): Promise<AttackResult> {
  if (client.session.status !== 'signed-in') {
    return skipped('Nobody is signed in, so there is no session to use.')
  }
  try {
    const response = await fetch(`${apiOrigin}/v1/me`)
    const body = await response.text()
    if (!response.ok) {
      return skipped(`The API answered ${response.status}, so there was no session to use.`)
    }
    return {
      outcome: 'open',
      found: [`the answer of the API: ${body.slice(0, 120)}`],
      notes: [
        'A script in the page can call the configured API paths while the tab is open, as with a backend for the frontend.',
        'It cannot take the token away and go on elsewhere or later.',
      ],
    }
  } catch (error) {
    return skipped(`The call did not get through (${inWords(error)}).`)
  }
}
