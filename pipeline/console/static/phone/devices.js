// The microphone and the loudspeaker of this machine, and the audio that connects them with a line.
//
//   const sound = await openSound({ loudspeaker });               // the context; at once in a click, or it stays silent
//   const microphone = await openMicrophone({ device, way });     // a MediaStream; stop its tracks when the call is over
//   const node = await addLine(sound, { microphone: false });     // the audio worklet's node, connected to the loudspeaker
//   const { microphones, loudspeakers } = await listDevices();    // each [{ id, name }]; names once there is permission
//
// Each failure is thrown as a `DeviceFault`: `message` says why, `advice` what to do.

export class DeviceFault extends Error {
  constructor(message, advice) {
    super(message);
    this.advice = advice;
  }
}

/** The ways of hearing and speaking, each with its name and what the browser does to the microphone's sound. */
export const WAYS = {
  loudspeaker: {
    name: "Loudspeaker",
    about: "The browser removes the agent's voice from the microphone's sound; a second of faint noise prepares it.",
    constraints: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    warm: true,
  },
  headset: {
    name: "Headset",
    about: "The agent's voice does not reach the microphone; noise is suppressed.",
    constraints: { echoCancellation: false, noiseSuppression: true, autoGainControl: true },
    warm: false,
  },
  raw: {
    name: "As it comes",
    about: "The microphone's sound is not changed; for measuring. Use a headset.",
    constraints: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    warm: false,
  },
};

const FAULTS = {
  NotAllowedError: [
    "This page may not use the microphone.",
    "Allow it beside the address, or in the system's settings, and call again.",
  ],
  NotFoundError: ["This machine has no microphone.", "Connect one, and call again."],
  OverconstrainedError: ["The chosen microphone is not there any more.", "Choose another."],
  NotReadableError: [
    "The microphone gives no sound.",
    "Perhaps another program holds it; close that, or choose another microphone.",
  ],
  NotSupportedError: ["This browser has no microphone.", "Open the page in another browser."],
};
const INSECURE = new DeviceFault(
  "The browser gives no microphone to a page at this address.",
  "Open it over https, or at 127.0.0.1. From another machine, forward the port: ssh -L PORT:127.0.0.1:PORT HOST.",
);
const MUTE = new DeviceFault(
  "The browser plays no sound: it finds no sound device, or waits for a click.",
  "Connect a loudspeaker or a headset, click on the page, and try again.",
);
const PATIENCE = 1000; // ms for a context to begin

/** True if this browser can play on another loudspeaker than the system's. */
export const choosesLoudspeaker = "setSinkId" in (globalThis.AudioContext?.prototype ?? {});

/** Lists the devices; `id` is empty for the system's choice. Names are empty before the microphone has been allowed. */
export async function listDevices() {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const of = (kind) =>
    all.filter((it) => it.kind === kind && it.deviceId).map((it) => ({ id: it.deviceId, name: it.label }));
  return { microphones: of("audioinput"), loudspeakers: choosesLoudspeaker ? of("audiooutput") : [] };
}

/** Opens a microphone: that with the id `device`, or the system's, in one of WAYS. */
export async function openMicrophone({ device = "", way = "loudspeaker" } = {}) {
  if (!navigator.mediaDevices?.getUserMedia) throw INSECURE;
  const chosen = device ? { deviceId: { exact: device } } : {};
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { ...WAYS[way].constraints, channelCount: 1, ...chosen },
    });
  } catch (error) {
    throw new DeviceFault(
      ...(FAULTS[error.name] ?? [`The microphone cannot be used: ${error.message}`, "Choose another."]),
    );
  }
}

/** Opens the sound of the page, on the loudspeaker with this id or the system's, at the rate of the device. */
export async function openSound({ loudspeaker = "" } = {}) {
  const sound = new AudioContext({ latencyHint: "interactive" });
  try {
    if (loudspeaker && choosesLoudspeaker) await sound.setSinkId(loudspeaker);
    await begun(sound);
  } catch (error) {
    sound.close();
    if (error instanceof DeviceFault) throw error;
    throw new DeviceFault("The chosen loudspeaker is not there any more.", "Choose another.");
  }
  return sound;
}

// Waits until the context runs. Its own promise may never be kept where there is no sound device.
function begun(sound) {
  sound.resume().catch(() => {});
  return new Promise((runs, fails) => {
    const patience = setTimeout(() => (sound.state === "running" ? runs() : fails(MUTE)), PATIENCE);
    const look = () => {
      if (sound.state !== "running") return;
      clearTimeout(patience);
      runs();
    };
    sound.addEventListener("statechange", look);
    look();
  });
}

/** Adds a line (see worklet.js for its options and messages) to a context; its sound goes to the loudspeaker. */
export async function addLine(sound, { microphone = true, ...options } = {}) {
  await sound.audioWorklet.addModule(new URL("worklet.js", import.meta.url));
  const node = new AudioWorkletNode(sound, "line", {
    numberOfInputs: microphone ? 1 : 0,
    outputChannelCount: [1],
    channelCount: 1,
    channelCountMode: "explicit",
    processorOptions: options,
  });
  node.connect(sound.destination);
  return node;
}
