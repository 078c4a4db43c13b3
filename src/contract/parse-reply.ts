import type { AuthErrorWire } from './errors.ts'
import { isVersion, type EventEnvelope, type ReplyEnvelope } from './messages.ts'
import type { Session } from './session.ts'
import { isStepUp } from './step-up.ts'

type Fields = Record<string, unknown>

const BARE_EVENTS = ['stay-awake', 'need-port']

/** Reads the guardian's answer to a request; `undefined` when it is not one of this contract. */
export function parseReply(data: unknown): ReplyEnvelope | undefined {
  const envelope = ours(data)
  if (envelope === undefined) return undefined
  if (envelope['ok'] === false) {
    return isErrorWire(envelope['error']) ? (envelope as unknown as ReplyEnvelope) : undefined
  }
  const value = envelope['value']
  if (envelope['ok'] !== true || !isFields(value)) return undefined
  if ('session' in value && !isSession(value['session'])) return undefined
  for (const name of ['probePath', 'vaultOrigin', 'issuer', 'clientId', 'audience']) {
    if (name in value && typeof value[name] !== 'string') return undefined
  }
  if (!Array.isArray(value['scope'] ?? [])) return undefined
  return envelope as unknown as ReplyEnvelope
}

/** Reads what the guardian tells unasked; `undefined` for everything else that a worker may post. */
export function parseEvent(data: unknown): EventEnvelope['event'] | undefined {
  const event = ours(data)?.['event']
  if (!isFields(event)) return undefined
  const known =
    BARE_EVENTS.includes(event['type'] as string) ||
    (event['type'] === 'popup-finished' && typeof event['client'] === 'string') ||
    (event['type'] === 'bridge-ready' && typeof event['sameSite'] === 'boolean') ||
    (event['type'] === 'session' && isSession(event['session'])) ||
    (event['type'] === 'stepup' && isStepUp(event['stepUp'])) ||
    (event['type'] === 'error' && isErrorWire(event['error']))
  return known ? (event as unknown as EventEnvelope['event']) : undefined
}

function ours(data: unknown): Fields | undefined {
  return isFields(data) && isVersion(data['tokenGuardian']) ? data : undefined
}

function isSession(value: unknown): value is Session {
  if (!isFields(value)) return false
  switch (value['status']) {
    case 'signed-out':
      return true
    case 'signed-in':
      return (
        isFields(value['user']) &&
        Array.isArray(value['scope']) &&
        (value['authorizationDetails'] === undefined ||
          Array.isArray(value['authorizationDetails']))
      )
    case 'interaction-required':
    case 'unprotected':
      return typeof value['code'] === 'string'
    default:
      return false
  }
}

function isErrorWire(value: unknown): value is AuthErrorWire {
  return (
    isFields(value) && typeof value['code'] === 'string' && typeof value['message'] === 'string'
  )
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}
