import { inWords, within } from './attack.ts'
import { shortened } from './find-secrets.ts'

/** What came back from a call, and the bearer in it when a server echoed its headers. */
export interface Echo {
  readonly status: number
  readonly answer: string
  readonly bearer: string | undefined
}

export async function readEcho(url: string, init: RequestInit = {}): Promise<Echo> {
  try {
    const response = await within(3000, fetch(url, init))
    if (response === undefined) return { status: 0, answer: 'no answer', bearer: undefined }
    const body = await response.text()
    return {
      status: response.status,
      answer: response.type === 'opaque' ? 'opaque answer' : `status ${response.status}`,
      bearer: bearerIn(body),
    }
  } catch (error) {
    return { status: 0, answer: inWords(error), bearer: undefined }
  }
}

export function bearerIn(body: string): string | undefined {
  const [, token] = /\b(?:Bearer|DPoP)\s+([\w.~+/=-]{8,})/i.exec(body) ?? []
  const [jwt] = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/.exec(body) ?? []
  const secret = token ?? jwt
  return secret === undefined ? undefined : shortened(secret)
}
