import type { BrowserType } from '@playwright/test'

/** The command that Playwright 1.65 sends for every page, and that Firefox ESR 153 does not know yet. */
const MISSING = 'emulation.setMediaFeaturesOverride'

interface Message {
  readonly id: number
  readonly method: string
}

interface Transport {
  send(message: Message): void
  onmessage?: (answer: { type: 'success'; id: number; result: object }) => void
}

interface BidiFirefox {
  connectToTransport(transport: Transport, ...rest: unknown[]): unknown
}

/** Playwright's insides, as far as we reach into them. */
interface Insides {
  readonly _connection?: { toImpl?(type: BrowserType): { readonly _bidiFirefox?: BidiFirefox } }
}

const answered = new WeakSet<BidiFirefox>()

/**
 * Answers that one command in the place of Firefox: without it no page opens. It would only set a colour scheme.
 * @throws Error when Playwright's insides changed; look whether this is needed still
 */
export function answerMissingCommand(type: BrowserType): void {
  const bidi = (type as unknown as Insides)._connection?.toImpl?.(type)._bidiFirefox
  if (bidi === undefined) {
    throw new Error('Playwright has no _bidiFirefox any more; see firefox-missing-command.ts')
  }
  if (answered.has(bidi)) return
  answered.add(bidi)
  const connect = bidi.connectToTransport.bind(bidi)
  bidi.connectToTransport = (transport, ...rest) => {
    const send = transport.send.bind(transport)
    transport.send = (message) => {
      if (message.method !== MISSING) return send(message)
      // Later, as an answer comes: the sender does not wait for it yet.
      setImmediate(() => transport.onmessage?.({ type: 'success', id: message.id, result: {} }))
    }
    return connect(transport, ...rest)
  }
}
