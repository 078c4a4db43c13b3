import type { Control } from './control.ts'
import { listenOnLoopback, type Listener } from '../../src/testing/server/listener.ts'

/** A server that answers, as the `start...Server` functions return it. */
export interface RunningServer {
  readonly port: number
  /** That of its listener, without a slash at the end. */
  readonly origin: string
  readonly control: Control
  /** Cuts open connections too. */
  close(): Promise<void>
}

/** A port number (0: any) or one that is already bound. */
export type PortOption = number | Listener

export async function bind(port: PortOption): Promise<Listener> {
  return typeof port === 'number' ? listenOnLoopback(port) : port
}

export function running(listener: Listener, control: Control): RunningServer {
  return {
    port: listener.port,
    origin: listener.origin,
    control,
    close: () => listener.close(),
  }
}
