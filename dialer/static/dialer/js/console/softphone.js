// The agent's phone. It dials a token, never a number: what a token stands for is known to the gateway alone.

export class Softphone {
  #ask;

  constructor(ask) {
    this.#ask = ask;
  }

  // Ask for a token for the open person and dial it. Resolves to the answer of what failed, or of the dial.
  async call() {
    const granted = await this.#ask("call");
    if (!granted.ok) return granted;
    return this.#ask("dial", { dial_token: granted.dial_token });
  }

  end() {
    return this.#ask("end_call");
  }

  mute(on) {
    return this.#ask(on ? "mute" : "unmute");
  }

  hold(on) {
    return this.#ask(on ? "hold" : "unhold");
  }
}
