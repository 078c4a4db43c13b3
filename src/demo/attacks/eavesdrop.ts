import { findSecrets } from './find-secrets.ts'

const CHANNELS = ['token-guardian', 'guardian', 'auth', 'session', 'tokens', 'workbox', 'client']

/** Everything that reaches this page while it listens; an injected script can hook all of these. */
export class Eavesdropper {
  readonly heard: { readonly where: string; readonly data: unknown }[] = []
  readonly #stop = new AbortController()
  readonly #undo: (() => void)[] = []

  /** With `hooks`, the browser's own functions are wrapped too, as long as it listens. */
  start(hooks = false): this {
    const { signal } = this.#stop
    const listen = (target: EventTarget, where: string): void => {
      target.addEventListener('message', (event) => this.#note(where, event), { signal })
    }
    listen(navigator.serviceWorker, 'worker message')
    listen(window, 'window message')
    window.addEventListener('storage', (event) => this.#note('storage event', event), { signal })
    for (const name of CHANNELS) {
      const channel = new BroadcastChannel(name)
      listen(channel, `broadcast channel ${name}`)
      this.#undo.push(() => channel.close())
    }
    if (hooks) {
      this.#hookPorts(listen)
      this.#hookCalls()
    }
    return this
  }

  /** Stops, gives every hooked function back, and returns the secrets in what was heard. */
  stop(): string[] {
    this.#stop.abort()
    for (const undo of this.#undo.splice(0)) undo()
    return this.heard.flatMap(({ where, data }) => findSecrets(data, where))
  }

  #note(where: string, event: Event): void {
    const data: unknown =
      event instanceof StorageEvent ? event.newValue : (event as MessageEvent).data
    this.heard.push({ where, data })
  }

  /** Every port that the library makes from now on is listened to as well. */
  #hookPorts(listen: (target: EventTarget, where: string) => void): void {
    const original = window.MessageChannel
    window.MessageChannel = class extends original {
      constructor() {
        super()
        listen(this.port1, 'message port')
        listen(this.port2, 'message port')
      }
    }
    this.#undo.push(() => (window.MessageChannel = original))
  }

  /** What the library itself sends and sets from page code. */
  #hookCalls(): void {
    const note = (where: string, data: unknown): void => {
      this.heard.push({ where, data })
    }
    const workers = ServiceWorker.prototype
    const postMessage = Reflect.get(workers, 'postMessage') as (...parts: unknown[]) => void
    const setHeader = Reflect.get(Headers.prototype, 'set') as (...parts: unknown[]) => void
    Reflect.set(workers, 'postMessage', function (this: ServiceWorker, ...parts: unknown[]) {
      note('postMessage to the worker', parts[0])
      Reflect.apply(postMessage, this, parts)
    })
    Reflect.set(Headers.prototype, 'set', function (this: Headers, ...parts: unknown[]) {
      note('Headers.set', parts)
      Reflect.apply(setHeader, this, parts)
    })
    this.#undo.push(() => {
      Reflect.set(workers, 'postMessage', postMessage)
      Reflect.set(Headers.prototype, 'set', setHeader)
    })
  }
}
