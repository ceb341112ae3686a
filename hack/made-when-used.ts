// In the bundle alone: build-bundle.js says why.

/** What the generator makes of a message. */
interface Message {
  encode: unknown;
  decode: unknown;
  fromJSON: unknown;
  toJSON: unknown;
  create: unknown;
  fromPartial: unknown;
}

class MadeWhenUsed implements Message {
  readonly #make: () => Message;
  #made: Message | undefined;

  constructor(make: () => Message) {
    this.#make = make;
  }

  get #message(): Message {
    return (this.#made ??= this.#make());
  }

  get encode(): unknown {
    return this.#message.encode;
  }

  get decode(): unknown {
    return this.#message.decode;
  }

  get fromJSON(): unknown {
    return this.#message.fromJSON;
  }

  get toJSON(): unknown {
    return this.#message.toJSON;
  }

  get create(): unknown {
    return this.#message.create;
  }

  get fromPartial(): unknown {
    return this.#message.fromPartial;
  }
}

/** A message whose functions come into being with the first that is asked for. */
export function madeWhenUsed<Functions extends Message>(make: () => Functions): Functions {
  return new MadeWhenUsed(make) as unknown as Functions;
}
