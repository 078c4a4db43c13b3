import {
  CONTRACT_VERSION,
  isVersion,
  type GuardianRequest,
  type LoginParameters,
} from './messages.ts'
import type { Json } from './session.ts'

const MAX_TEXT = 2048
const MAX_NAME = 255
const MAX_APP_STATE = 8192
/** Characters of any JSON at most. */
const MAX_JSON = 1_000_000
const MAX_ENTRIES = 32
const MAX_DEPTH = 16

type Fields = Record<string, unknown>
type BeginLogin = Extract<GuardianRequest, { type: 'begin-login' }>
type SendLoginLink = Extract<GuardianRequest, { type: 'send-login-link' }>

/** Why a message was refused. `not-ours` gets no error event; another library may use the same worker. */
export type ParsedRequest =
  | { readonly ok: true; readonly request: GuardianRequest }
  | { readonly ok: false; readonly reason: 'not-ours' | 'other-version' | 'malformed' }

/**
 * Reads a message from a page. Only own properties of plain objects are looked at, so keys such as `__proto__` are inert,
 * and a field of the wrong type, an unknown field or an oversized one refuses the message as a whole.
 */
export function parseRequest(data: unknown): ParsedRequest {
  const envelope = fields(data)
  if (envelope === undefined || !Object.hasOwn(envelope, 'tokenGuardian')) {
    return { ok: false, reason: 'not-ours' }
  }
  const version = envelope['tokenGuardian']
  const request = fields(envelope['request'])
  const parsed = isVersion(version) && request ? readRequest(request) : undefined
  if (parsed) return { ok: true, request: parsed }
  return { ok: false, reason: version === CONTRACT_VERSION ? 'malformed' : 'other-version' }
}

function readRequest(request: Fields): GuardianRequest | undefined {
  switch (request['type']) {
    case 'get-session':
      return pick(request, {
        type: oneOf('get-session'),
        client: text,
        landed: (value) => value === 'here' || value === 'in-popup',
      })
    case 'begin-login': {
      const envelope = pick<Omit<BeginLogin, 'parameters'> & { parameters: unknown }>(request, {
        type: oneOf('begin-login'),
        client: text,
        parameters: anything,
        display: oneOf('popup'),
      })
      const login = parseLoginParameters(envelope?.parameters)
      return envelope && login ? { ...envelope, parameters: login } : undefined
    }
    case 'send-login-link': {
      const envelope = pick<Omit<SendLoginLink, 'parameters'> & { parameters: unknown }>(request, {
        type: oneOf('send-login-link'),
        client: text,
        parameters: anything,
      })
      const login = parseLoginParameters(envelope?.parameters)
      if (envelope === undefined || login?.loginHint === undefined) return undefined
      return { ...envelope, parameters: { ...login, loginHint: login.loginHint } }
    }
    case 'begin-logout':
      return pick(request, {
        type: oneOf('begin-logout'),
        client: text,
        returnTo: text,
        localOnly: flag,
      })
    case 'refresh':
      return pick(request, { type: oneOf('refresh'), client: text })
    case 'describe-client':
      return pick(request, { type: oneOf('describe-client'), client: text })
    case 'get-timeline':
      return pick(request, { type: oneOf('get-timeline'), client: text })
    case 'claim':
      return pick(request, { type: oneOf('claim') })
    case 'keep-awake':
      return pick(request, { type: oneOf('keep-awake') })
    case 'check-registration':
      return pick(request, { type: oneOf('check-registration') })
    case 'download-link':
      return request['url'] === undefined
        ? undefined
        : pick(request, { type: oneOf('download-link'), url: text, filename: isFileName })
    case 'connect':
      return pick(request, { type: oneOf('connect') })
    default:
      return undefined
  }
}

/** Login parameters from a page, or read back from storage that a page can write to. */
export function parseLoginParameters(value: unknown): LoginParameters | undefined {
  const parameters = fields(value)
  return parameters && pick<LoginParameters>(parameters, loginFields)
}

type Check = (value: unknown) => boolean

const anything: Check = () => true
const text: Check = (value) =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT
const flag: Check = (value) => typeof value === 'boolean'
const texts: Check = (value) =>
  Array.isArray(value) && value.length <= MAX_ENTRIES && value.every((entry) => text(entry))
const seconds: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const oneOf =
  (expected: string): Check =>
  (value) =>
    value === expected

const loginFields: Record<keyof LoginParameters, Check> = {
  returnTo: text,
  appState: (value) =>
    isJson(value, MAX_APP_STATE) && JSON.stringify(value).length <= MAX_APP_STATE,
  prompt: text,
  loginHint: text,
  maxAge: seconds,
  acrValues: texts,
  uiLocales: texts,
  authorizationParams: (value) => {
    const entries = fields(value)
    return (
      entries !== undefined &&
      Object.keys(entries).length <= MAX_ENTRIES &&
      Object.entries(entries).every(([name, entry]) => text(name) && text(entry))
    )
  },
}

/** Without what would make a path of it, what headers cannot hold, and halves of characters. */
export function isFileName(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length <= MAX_NAME && /^[^/\\\p{Cc}\p{Cs}]+$/u.test(value)
  )
}

/** A copy with exactly the known fields, or `undefined` when a field is unknown or wrong. */
function pick<Shape extends object>(
  from: Fields,
  checks: Record<string, Check>,
): Shape | undefined {
  const picked: Fields = {}
  for (const name of Object.keys(from)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) return undefined
    if (from[name] === undefined) continue
    if (!check(from[name])) return undefined
    picked[name] = from[name]
  }
  return picked as Shape
}

function fields(value: unknown): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null ? (value as Fields) : undefined
}

/**
 * True for what JSON can hold without loss, to a bounded depth (cycles are never JSON) and size. A message may hold one object in a
 * thousand places, or an array that is nothing but long: it is small, and as text it would have no end.
 * @param most characters, of which each value is at least one
 */
export function isJson(value: unknown, most = MAX_JSON): value is Json {
  return charactersLeft(most, value, 0) >= 0
}

/** What is left of so many characters after a value: less than nothing when it is too long, or no JSON. */
function charactersLeft(left: number, value: unknown, depth: number): number {
  if (depth > MAX_DEPTH) return -1
  if (typeof value === 'string') return left - value.length - 1
  if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return left - 1
  const isList = Array.isArray(value)
  const members = isList ? value : fields(value)
  if (members === undefined) return -1
  let rest = left - 1 - (isList ? 0 : Object.keys(members).join('').length)
  for (const member of (isList ? value : Object.values(members)) as unknown[]) {
    if (rest < 0) break
    rest = charactersLeft(rest, member, depth + 1)
  }
  return rest
}
