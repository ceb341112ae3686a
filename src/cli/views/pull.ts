/** What a pull came to. */
export interface Pulled {
  readonly image: string;
  readonly imageRef: string;
}

/** As crictl says it. */
export function pullView({ imageRef }: Pulled): string {
  return `Image is up to date for ${imageRef}`;
}
