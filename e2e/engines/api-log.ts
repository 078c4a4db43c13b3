import { get as getPlainly } from 'node:http'
import { get as getSecurely } from 'node:https'

import type { JournalEntry, JournalReport } from '../servers/journal.ts'

/** The requests that arrived at an API under a path, oldest first, without preflights. Of one on https too, whose certificate nobody trusts. */
export async function apiLog(
  apiOrigin: string,
  path: string,
): Promise<readonly Readonly<JournalEntry>[]> {
  const url = `${apiOrigin}/control`
  const text = await new Promise<string>((resolve, reject) => {
    const get = url.startsWith('https:') ? getSecurely : getPlainly
    get(url, { rejectUnauthorized: false }, (response) => {
      let all = ''
      response.setEncoding('utf8').on('data', (part: string) => (all += part))
      response.on('end', () => resolve(all)).on('error', reject)
    }).on('error', reject)
  })
  const { log } = JSON.parse(text) as JournalReport
  return log.filter((entry) => entry.path.startsWith(path) && entry.method !== 'OPTIONS')
}
