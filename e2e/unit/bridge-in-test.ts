import type { Connection } from '../../sw/vault/connection.ts'
import { parseToBridge, type ToBridge, type ToWorker } from '../../sw/vault/wire.ts'
import { deferred, type Deferred } from './deferred.ts'

type Type = ToBridge['type']
type Of<Wanted extends Type> = Extract<ToBridge, { readonly type: Wanted }>

/** The bridge's end of a real port, played by a test. */
export interface BridgeInTest {
  /** For the connection. */
  readonly workerEnd: MessagePort
  /** The next message of a type that was not read yet; waited for. */
  next<Wanted extends Type>(type: Wanted): Promise<Of<Wanted>>
  /** How many messages of a type arrived and were not read. */
  unread(type: Type): number
  post(message: ToWorker): void
  postAnything(data: unknown): void
  /** Until the connection heard everything that was posted so far. */
  isHeard(connection: Connection): Promise<void>
  close(): void
}

export function bridgeInTest(): BridgeInTest {
  const { port1, port2 } = new MessageChannel()
  const unread: ToBridge[] = []
  const waiting: { readonly type: Type; readonly found: Deferred<ToBridge> }[] = []
  port2.onmessage = ({ data }: MessageEvent<unknown>) => {
    const message = parseToBridge(data)
    if (message === undefined) throw new Error(`Not of the wire: ${JSON.stringify(data)}`)
    const index = waiting.findIndex(({ type }) => type === message.type)
    if (index < 0) unread.push(message)
    else waiting.splice(index, 1)[0]?.found.resolve(message)
  }
  const next = (type: Type): Promise<ToBridge> => {
    const index = unread.findIndex((message) => message.type === type)
    const [message] = index < 0 ? [] : unread.splice(index, 1)
    if (message) return Promise.resolve(message)
    const found = deferred<ToBridge>()
    waiting.push({ type, found })
    return found.promise
  }
  return {
    workerEnd: port1,
    next: next as BridgeInTest['next'],
    unread: (type) => unread.filter((message) => message.type === type).length,
    post: (message) => port2.postMessage(message),
    postAnything: (data) => port2.postMessage(data),
    isHeard: async (connection) => {
      // Messages of one port keep their order.
      const heard = deferred()
      const { onHello } = connection
      connection.onHello = () => heard.resolve()
      port2.postMessage({ type: 'hello', bridge: 'in test' })
      await heard.promise
      connection.onHello = onHello
    },
    close: () => {
      port1.close()
      port2.close()
    },
  }
}
