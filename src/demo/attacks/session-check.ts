import { attempt, inWords, within } from './attack.ts'
import type { AttackContext } from './attack.ts'

/** What must not change because of an attack: who is signed in, and whom the API sees. */
export interface SessionSnapshot {
  readonly status: string
  readonly user: string
  readonly api: string
}

export async function snapshot({ client, apiOrigin }: AttackContext): Promise<SessionSnapshot> {
  const { session } = client
  return {
    status: session.status,
    user: session.status === 'signed-in' ? session.user.sub : '',
    api: await whoamiAtTheApi(apiOrigin),
  }
}

async function whoamiAtTheApi(apiOrigin: string): Promise<string> {
  try {
    const response = await within(5000, fetch(`${apiOrigin}/v1/me`))
    if (response === undefined) return 'no answer'
    const body = await response.text()
    const parsed = attempt(() => JSON.parse(body) as { sub?: unknown })
    return `${response.status} ${typeof parsed?.sub === 'string' ? parsed.sub : ''}`.trim()
  } catch (error) {
    return inWords(error)
  }
}

/** One sentence for each difference. */
export function changes(before: SessionSnapshot, after: SessionSnapshot): string[] {
  return (['status', 'user', 'api'] as const)
    .filter((name) => before[name] !== after[name])
    .map((name) => `${NAMES[name]} changed from "${before[name]}" to "${after[name]}"`)
}

const NAMES = { status: 'The session', user: 'The user', api: "The API's answer" } as const
