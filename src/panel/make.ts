/** A new element with a class and children; text is always text, never markup. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className = '',
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  if (className !== '') element.className = className
  element.append(...children)
  return element
}

/** Replaces what is shown only when it is something else: focus, selection and scrolling stay otherwise. */
export function show(
  element: Element,
  key: unknown,
  children: () => readonly (Node | string)[],
): void {
  const text = JSON.stringify(key)
  if (shown.get(element) === text) return
  shown.set(element, text)
  element.replaceChildren(...children())
}

const shown = new WeakMap<Element, string>()
