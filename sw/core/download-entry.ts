import type { ParsedConfig } from '../../src/contract/config.ts'
import { isFileName } from '../../src/contract/parse-request.ts'

/** Path below which links for downloads are, if there can be any. */
export function pathOfLinks({
  resources,
  downloadPath,
}: Pick<ParsedConfig, 'resources' | 'downloadPath'>): string[] {
  const isUsed = resources.some(({ destinations }) => destinations.includes('download'))
  return isUsed ? [downloadPath] : []
}

/** Milliseconds in which a link is to be followed. */
export const LIFETIME_MS = 60_000

/** What a link for a download stands for. It waits where script of the page can write, so it is parsed and checked when it is used. */
export interface DownloadEntry {
  readonly url: string
  readonly filename?: string
  /** Id of the page that asked for it. */
  readonly page: string
  /** Milliseconds since 1970. */
  readonly until: number
}

/** @param now milliseconds since 1970. What was good before or will be later is none, whoever wrote it */
export function readDownloadEntry(
  text: string | undefined,
  now: number,
): DownloadEntry | undefined {
  let entry: Partial<Record<keyof DownloadEntry, unknown>> | null
  try {
    entry = JSON.parse(text ?? 'null') as typeof entry
  } catch {
    return undefined
  }
  const { url, filename, page, until } = entry ?? {}
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined
  if (typeof page !== 'string' || typeof until !== 'number') return undefined
  if (until <= now || until > now + LIFETIME_MS) return undefined
  if (filename === undefined) return { url, page, until }
  return isFileName(filename) ? { url, filename, page, until } : undefined
}

/**
 * The header that makes a file of an answer, whatever it is (RFC 6266 section 4).
 * @param said by the API. Its parameters name the file where the page did not
 */
export function attachment({ url, filename }: DownloadEntry, said: string | null): string {
  const parameters = said?.indexOf(';') ?? -1
  if (filename === undefined && parameters >= 0) return `attachment${said?.slice(parameters)}`
  const name = filename ?? lastSegment(url)
  return name === '' ? 'attachment' : `attachment; filename*=UTF-8''${encode(name)}`
}

function lastSegment(url: string): string {
  const segment = new URL(url).pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** RFC 8187 section 3.2.1 leaves fewer characters as they are than URLs do. */
function encode(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
