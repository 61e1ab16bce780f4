import { createElement, useEffect, useRef } from 'react'

interface Props {
  sitekey: string
  scene: string
  required?: boolean
  /** The token when the captcha is solved, and an empty text when it has expired. */
  onToken?: (token: string) => void
}

export function Captcha({ onToken, required, ...attributes }: Props) {
  const widget = useRef<HTMLElementTagNameMap['uni-captcha-widget']>(null)
  useEffect(() => {
    const element = widget.current
    const tell = () => onToken?.(element?.value ?? '')
    element?.addEventListener('verified', tell)
    element?.addEventListener('expired', tell)
    return () => {
      element?.removeEventListener('verified', tell)
      element?.removeEventListener('expired', tell)
    }
  }, [onToken])
  // React 18 writes `false` into the attribute, which would be true.
  return createElement('uni-captcha-widget', { ref: widget, required: required || undefined, ...attributes })
}
