import type { Ask } from '../deployment.ts'

const TIMEOUT_MS = 10_000

/** Asks as a page can: of a redirect it sees that there is one, and of other origins what their CORS lets it see. */
export const fetchAsk: Ask = async (url, { method = 'GET', headers = {}, body } = {}) => {
  try {
    const answer = await fetch(url, {
      method,
      headers: { ...headers },
      ...(body !== undefined && { body }),
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const { status, headers: answered, type } = answer
    if (type === 'opaqueredirect') return { status, headers: answered, text: '', isOpaque: true }
    return { status, headers: answered, text: await answer.text() }
  } catch (error) {
    return { failed: error instanceof Error ? error.name : 'it failed' }
  }
}
