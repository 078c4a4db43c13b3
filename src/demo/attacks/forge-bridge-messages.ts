import { noteOnSession, skipped, verdict, within } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import { findSecrets } from './find-secrets.ts'
import { forgedMessages } from './forged-messages.ts'

interface Answer {
  readonly type?: unknown
  readonly status?: unknown
  readonly body?: unknown
}

/**
 * Takes the place of the app's worker: opens ports to the bridge and sends calls that the worker never would. What the page may
 * call anyway (the configured API) is no finding; a token, another destination or a header of the page's own would be.
 */
export async function forgeBridgeMessages(context: AttackContext): Promise<AttackResult> {
  const bridge = bridgeOf(context)
  if (bridge === undefined) return skipped('There is no vault in this topology.')
  const { apiOrigin, asOrigin, guardianOrigin } = context
  const notes: string[] = [...noteOnSession(context)]
  const found: string[] = []
  const open = (embed: string): MessagePort => {
    const { port1, port2 } = new MessageChannel()
    bridge.postMessage({ tokenGuardian: 1, embed }, guardianOrigin, [port2])
    return port1
  }

  const worker = open('worker')
  const forbidden = [
    `${asOrigin}/token`,
    `${asOrigin}/.well-known/openid-configuration`,
    `${apiOrigin}/debug/headers`,
    `${apiOrigin}/v1/../debug/headers`,
    `${apiOrigin}/v1/%2e%2e/debug/headers`,
    `${apiOrigin}/v1/..%2fdebug/headers`,
    apiOrigin.replace('//', '//user:pass@') + '/v1/me',
    `${guardianOrigin}/bridge.js`,
    `${location.origin}/`,
    'data:text/plain,x',
    'blob:null/x',
    'javascript:1',
  ]
  for (const url of forbidden) {
    const answer = await call(worker, { url })
    if (answer?.type === 'head') found.push(`an answer from ${url}: ${String(answer.status)}`)
  }
  notes.push(`${forbidden.length} destinations outside the configuration were asked for.`)

  for (const name of ['authorization', 'dpop', 'cookie', 'x-http-method-override']) {
    const answer = await call(worker, {
      url: `${apiOrigin}/v1/me`,
      headers: [[name, 'Bearer forged-by-the-page']],
    })
    const body = answer?.body instanceof ArrayBuffer ? new TextDecoder().decode(answer.body) : ''
    if (body.includes('forged-by-the-page')) found.push(`the API saw the page's own ${name}`)
    found.push(...findSecrets([answer, body], `answer to a call with ${name}`))
  }

  const control = open('control')
  const heard: unknown[] = []
  control.onmessage = ({ data }) => void heard.push(data)
  const junk = open('worker')
  junk.onmessage = ({ data }) => void heard.push(data)
  for (const message of forgedMessages()) {
    for (const port of [control, junk]) {
      try {
        port.postMessage(message)
      } catch {
        // Not cloneable: nothing that a bridge could get either.
      }
    }
  }
  const alive = await call(open('worker'), { url: `${apiOrigin}/v1/me` })
  if (alive === undefined) found.push('the bridge answers no more')
  found.push(...findSecrets(heard, 'answer of the bridge'))
  notes.push(`${heard.length} answers to forged messages; the bridge still works.`)
  return verdict(found, notes)
}

function bridgeOf({ guardianOrigin }: AttackContext): Window | undefined {
  if (guardianOrigin === location.origin) return undefined
  const frames = [...document.querySelectorAll('iframe')]
  return (
    frames.find(({ src }) => src === `${guardianOrigin}/bridge.html`)?.contentWindow ?? undefined
  )
}

let lastId = 1_000_000

async function call(
  port: MessagePort,
  asked: { readonly url: string; readonly headers?: readonly (readonly [string, string])[] },
): Promise<Answer | undefined> {
  lastId += 1
  const id = lastId
  const answered = new Promise<Answer>((resolve) => {
    const hear = ({ data }: MessageEvent<unknown>): void => {
      const answer = data as { readonly id?: unknown; readonly type?: unknown }
      if (answer.id !== id || answer.type === 'taken') return
      port.removeEventListener('message', hear)
      resolve(answer)
    }
    port.addEventListener('message', hear)
    port.start()
  })
  const rest = {
    method: 'GET',
    headers: [],
    redirect: 'follow',
    cache: 'default',
    keepalive: false,
  }
  port.postMessage({ type: 'call', id, beginUntil: Date.now() + 5000, ...rest, ...asked })
  return within(5000, answered)
}
