import { createElement, useEffect, useRef } from 'react'

const EVENTS = ['verified', 'expired', 'cleared'] as const

interface Props {
  sitekey: string
  scene: string
  required?: boolean
  /** The token when the captcha is solved, and an empty text when it is worth nothing any more. */
  onToken?: (token: string) => void
}

export function Captcha({ onToken, required, ...attributes }: Props) {
  const widget = useRef<HTMLElementTagNameMap['uni-captcha-widget']>(null)
  useEffect(() => {
    const element = widget.current
    const tell = () => onToken?.(element?.value ?? '')
    for (const event of EVENTS) element?.addEventListener(event, tell)
    return () => EVENTS.forEach((event) => element?.removeEventListener(event, tell))
  }, [onToken])
  // React 18 writes `false` into the attribute, which would be true.
  return createElement('uni-captcha-widget', { ref: widget, required: required || undefined, ...attributes })
}
