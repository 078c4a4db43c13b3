import type { Seen } from '../checks/browser.ts'

export interface LookAround {
  /** Of the messages. */
  readonly contractVersion: number
  /** URL that only a guardian answers, and the header with which it does. */
  readonly probeUrl: string
  readonly probeHeader: string
  /** URL of the vault's frame, in that topology. */
  readonly bridgeUrl?: string
  /** Milliseconds for each thing that is waited for. */
  readonly patienceMs: number
  /** Milliseconds in which the guardian may report what its own check found. */
  readonly listenMs: number
}

/**
 * Looks around in a page of the app, and asks its guardian to prepare a sign-in that nobody goes on with: before that it checks the
 * deployment and loads the metadata itself. Runs in the page from its source text, so it uses nothing from outside.
 */
export async function lookAround(asked: LookAround): Promise<Seen> {
  const { serviceWorker } = navigator
  const errors: { code: string; message: string }[] = []
  const note = (error: unknown): void => {
    const { code, message } = { ...(error as Partial<Seen['errors'][number]>) }
    if (typeof code !== 'string' || typeof message !== 'string') return
    if (!errors.some((known) => known.message === message)) errors.push({ code, message })
  }
  const hear = ({ data }: MessageEvent<unknown>): void => {
    const { event } = { ...(data as { event?: { type?: unknown; error?: unknown } }) }
    if (event?.type === 'error') note(event.error)
  }
  const pause = (ms: number): Promise<undefined> =>
    new Promise((resolve) => setTimeout(() => resolve(undefined), ms))
  const within = <Value>(work: Promise<Value>): Promise<Value | undefined> =>
    Promise.race([work, pause(asked.patienceMs)])
  const isCovered = async (): Promise<boolean> => {
    const answer = await fetch(asked.probeUrl, { redirect: 'manual' }).catch(() => undefined)
    return answer?.headers.has(asked.probeHeader) === true
  }
  const bridge = (url: string): Promise<MessagePort> =>
    new Promise((resolve) => {
      const frame = document.createElement('iframe')
      const { port1, port2 } = new MessageChannel()
      frame.hidden = true
      frame.src = url
      port1.addEventListener('message', hear)
      port1.addEventListener('message', () => resolve(port1), { once: true })
      port1.start()
      frame.addEventListener('load', () => {
        const { origin } = new URL(url)
        const envelope = { tokenGuardian: asked.contractVersion, embed: 'control' }
        frame.contentWindow?.postMessage(envelope, origin, [port2])
      })
      document.body.append(frame)
    })

  if (serviceWorker === undefined) return { isCovered: false, registrations: [], errors }
  serviceWorker.addEventListener('message', hear)
  const begun = Date.now()
  // A page that registers none at all does not need that much patience.
  const isHopeless = async (): Promise<boolean> =>
    Date.now() > begun + asked.patienceMs ||
    (Date.now() > begun + asked.listenMs && (await serviceWorker.getRegistrations()).length === 0)
  let covered = await isCovered()
  while (!covered && !(await isHopeless())) {
    await pause(200)
    covered = await isCovered()
  }
  const port = asked.bridgeUrl === undefined ? undefined : await within(bridge(asked.bridgeUrl))
  const guardian = asked.bridgeUrl === undefined ? serviceWorker.controller : port
  if (guardian && covered) {
    const { port1, port2 } = new MessageChannel()
    const reply = within(
      new Promise<unknown>((resolve) => {
        port1.addEventListener('message', ({ data }) => resolve(data), { once: true })
        port1.start()
      }),
    )
    const request = { type: 'begin-login', parameters: {} }
    guardian.postMessage({ tokenGuardian: asked.contractVersion, request }, [port2])
    note({ ...((await reply) as { error?: unknown } | undefined) }.error)
    await pause(asked.listenMs)
  }
  const registrations = await serviceWorker.getRegistrations()
  return {
    isCovered: covered,
    registrations: registrations.map(({ scope, active, waiting, installing }) => ({
      scope,
      script: (active ?? waiting ?? installing)?.scriptURL ?? '',
    })),
    ...(asked.bridgeUrl === undefined ? {} : { hasBridge: port !== undefined }),
    errors,
  }
}
