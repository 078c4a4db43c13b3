import type { ParsedConfig } from '../contract/config.ts'
import type { ReadableHeaders } from '../contract/deployment-flaws.ts'

/** An answer of a server. Redirects are never followed. */
export interface Answer {
  readonly status: number
  readonly headers: ReadableHeaders
  /** The beginning of the body, if it was text. */
  readonly text: string
  /** A page saw a redirect, and may not look into it. */
  readonly isOpaque?: true
}

/** Why there is none. */
export interface NoAnswer {
  readonly failed: string
}

export interface Question {
  /** Default GET. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Asks a server, without any credentials. Never rejects. */
export type Ask = (url: string, question?: Question) => Promise<Answer | NoAnswer>

/** What is examined. */
export interface Deployment {
  /** Of the page that users open. */
  readonly appUrl: string
  readonly workerUrl: string
  readonly config: ParsedConfig
  /** URLs of the authorization servers besides their issuers, where those are known. */
  readonly endpoints?: readonly string[]
  readonly ask: Ask
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What the build puts beside the app's worker, for people and tools. */
export const CONFIG_FILE = 'token-guardian.json'

/** Where that may be: beside the worker, or beside the page. */
export function configUrls(appUrl: string, workerUrl: string): readonly string[] {
  return [...new Set([workerUrl, appUrl].map((base) => new URL(CONFIG_FILE, base).href))]
}

export function isAnswer(answer: Answer | NoAnswer): answer is Answer {
  return !('failed' in answer)
}

export function isRedirect({ status, isOpaque }: Answer): boolean {
  return isOpaque === true || (status >= 300 && status < 400 && status !== 304)
}

/** Where sign-ins start and end: the vault, or the app itself. */
export function guardianOrigin({ config, appUrl }: Deployment): string {
  return config.vault?.origin ?? new URL(appUrl).origin
}

/** The target of a redirect; `undefined` when there is none, or it is no URL. */
export function locationOf({ headers }: Answer, base: string): URL | undefined {
  return parseUrl(headers.get('location') ?? undefined, base)
}

export function parseUrl(url: string | undefined, base?: string): URL | undefined {
  try {
    return url === undefined ? undefined : new URL(url, base)
  } catch {
    return undefined
  }
}
